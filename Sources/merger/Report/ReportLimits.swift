/// What bounds the size of a page, whatever the span and the number of gaps in it.
enum ReportLimits {
    /// Parts that a timeline is drawn in.
    static let timelineColumns = 600
    /// Bars of a rate, at most.
    static let rateBars = 240
    /// Combinations of zones that are drawn, those with the most tweets first.
    static let zoneSets = 24
    /// Gaps of the union that are listed, the longest ones.
    static let gaps = 200
    /// Stretches of zones that are listed, the longest ones.
    static let stretches = 200
    /// Causes that are listed, those of the most time.
    static let causes = 40
    /// Manifests that were left out, of which the reason is told.
    static let problems = 40
    /// Characters of a text from the store, such as a cause, of which a server may have said much.
    static let textCharacters = 160
    /// Characters of a zone's name in a chart.
    static let labelCharacters = 18
    /// Characters of the stream's name.
    static let nameCharacters = 80
    /// In pixels, of the labels beneath a drawing with an axis of time.
    static let axisHeight = 24
}
