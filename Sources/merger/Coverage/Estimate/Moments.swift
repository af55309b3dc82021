private import Glibc

/// An estimated number of tweets and how far the truth may be from it.
///
/// The truth is a whole number that came out by chance, so `variance` holds both the doubt about its
/// mean and its own scatter about that mean. Independent parts of a span add up.
struct Moments: Equatable {
    var value = 0.0
    var variance = 0.0
    /// What the interval is laid around: `value`, or a little more where `value` is next to 0.
    var centre = 0.0
    /// How many of them are known since, and no longer in doubt; `value` at most.
    private(set) var known = 0.0

    /// Of the normal distribution: 95 % lie within so many standard deviations.
    static let deviations = 1.959963984540054
    /// Below this, in tweets, a number has lost its digits.
    private static let centreMin = Double.leastNormalMagnitude
    /// In tweets. From there on, enough events were seen for a variance of their own.
    private static let scarceBelow = 0.5

    init() {}

    init(value: Double, variance: Double) {
        self.value = value
        self.variance = variance
        centre = value
    }

    /// Where less than half a tweet is estimated, the interval goes by `least`, if that is more.
    ///
    /// - Parameters:
    ///   - least: what is estimated when half an event more is assumed wherever none was seen.
    ///   - doubt: how many such halves are in it: the square of its relative error.
    init(value: Double, variance: Double, least: Double, doubt: Double) {
        self.init(value: value, variance: variance)
        guard value < Self.scarceBelow, least > value else { return }
        centre = least
        self.variance = least + least * least * doubt
    }

    static func + (left: Moments, right: Moments) -> Moments {
        var sum = Moments()
        sum.value = left.value + right.value
        sum.variance = left.variance + right.variance
        sum.centre = left.centre + right.centre
        sum.known = left.known + right.known
        return sum
    }

    /// Without tweets of this part that were found elsewhere. What was found beyond the estimate says
    /// nothing of other parts.
    func less(_ found: Int) -> Moments {
        var rest = self
        rest.known = min(value, known + Double(found))
        return rest
    }

    /// With an interval that is symmetric for the logarithm (Chao 1987), so it never ends below 0. Its
    /// lower end is a whole number: where less than one tweet is sure, none is. What is known moves all
    /// three.
    var figure: MissedEstimate.Figure {
        let all = estimated
        guard known > 0 else { return all }
        return MissedEstimate.Figure(
            value: all.value - known, low: max(0, floor(all.low - known)), high: all.high - known)
    }

    private var estimated: MissedEstimate.Figure {
        guard centre > Self.centreMin else {
            return MissedEstimate.Figure(value: value, low: 0, high: value)
        }
        let ratio = exp(Self.deviations * sqrt(log1p(variance / centre / centre)))
        return MissedEstimate.Figure(
            value: value, low: min(value, floor(centre / ratio)), high: max(value, centre * ratio))
    }
}
