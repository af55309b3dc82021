/// A drawing of a page with its title and description, and the same data as a table.
///
/// Drawings have no `viewBox`: widths are in percent and heights in pixels, so that text has one size
/// on every screen.
struct ReportChart {
    var name: String
    var title: String
    /// What the drawing shows, for who cannot see it.
    var description: String
    /// In pixels.
    var height: Int
    /// In pixels. Nil: all there is.
    var width: Int?
    var content: [HTML]

    var svg: HTML {
        HTML(
            "svg",
            [
                "id": name, "class": "chart", "role": "img",
                "aria-labelledby": "\(name)-title \(name)-text",
                "width": width.map(String.init) ?? "100%", "height": "\(height)",
            ]
        ) {
            HTML("title", ["id": "\(name)-title"]) { title }
            HTML("desc", ["id": "\(name)-text"]) { description }
            content
        }
    }

    /// The data of a drawing, for who wants to read or copy it.
    static func data(_ table: ReportTable) -> HTML {
        HTML("details") {
            HTML("summary") { "The same as a table" }
            table.html
        }
    }

    /// A place along the width.
    static func place(_ fraction: Double) -> String {
        Figures.trimmed(fraction * 100, places: 3) + "%"
    }
}
