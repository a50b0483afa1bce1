/// Colours and letters of all pictures, for light and dark surroundings.
///
/// The series' colours are those of Okabe and Ito, which people with any colour vision tell apart, the yellow left out
/// (too pale on white); in the dark they are lightened. Series also differ in the form of their marks.
public enum ChartStyle {
  /// How many colours there are; later series begin again.
  public static let colourCount = 8

  /// Steps of a heat map's ramp from nothing to the whole, and of the ramp above that.
  static let heatSteps = 10

  static func fill(_ series: Int) -> String { "c\(index(series))" }
  static func stroke(_ series: Int) -> String { "k\(index(series))" }
  private static func index(_ series: Int) -> Int {
    (series % colourCount + colourCount) % colourCount
  }

  /// The style sheet; a page that holds pictures takes it in once.
  public static let css: String = {
    let fixed = """
      .chart{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;font-size:12px}\
      .t{font-size:15px;font-weight:600}.s{font-size:12px}.h{font-size:10.5px;text-anchor:middle}\
      .h9{font-size:9.5px}.h8{font-size:8px}\
      .a,.g,.i,.r,.p,.n{fill:none}.a{stroke-width:1}.g{stroke-width:1}.i{stroke-width:1.5}\
      .r{stroke-width:1.5}.p{stroke-width:1.5;stroke-dasharray:5 3}.n{stroke-width:2}\
      .m{stroke-width:.75}.faint{opacity:.35}.bar{stroke:none}\
      .d{fill:none;stroke-width:4.6;stroke-linecap:round;stroke-opacity:.8}
      """
    return fixed + theme(light) + "@media (prefers-color-scheme:dark){" + theme(dark) + "}"
  }()

  private struct Theme {
    let background: String, text: String, quiet: String, axis: String, grid: String
    let series: [String]
    let low: Colour, high: Colour, above: Colour, far: Colour
    /// Letters on the ramps' first and last steps.
    let onLow: String, onHigh: String
  }

  private static let light = Theme(
    background: "#ffffff", text: "#1a1f26", quiet: "#5a6470", axis: "#8a939e", grid: "#e4e8ec",
    series: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#808890"],
    low: Colour(236, 243, 249), high: Colour(8, 72, 140), above: Colour(253, 205, 150), far: Colour(168, 62, 5),
    onLow: "#1a1f26", onHigh: "#ffffff")
  private static let dark = Theme(
    background: "#14181d", text: "#e6eaee", quiet: "#a3adb8", axis: "#6b7682", grid: "#2a3138",
    series: ["#4aa8e0", "#ff8a3d", "#2fc79a", "#e39cc3", "#f2bd3f", "#8fd0f5", "#b18fd0", "#9aa3ac"],
    low: Colour(28, 40, 52), high: Colour(122, 192, 250), above: Colour(110, 62, 22), far: Colour(255, 178, 100),
    onLow: "#e6eaee", onHigh: "#10151a")

  private static func theme(_ theme: Theme) -> String {
    var css = ".bg{fill:\(theme.background)}.chart text{fill:\(theme.text)}.chart .s,.chart .q{fill:\(theme.quiet)}"
    css +=
      ".a{stroke:\(theme.axis)}.g{stroke:\(theme.grid)}.i,.r,.p{stroke:\(theme.text)}.m{stroke:\(theme.background)}"
    css += ".chart .b{paint-order:stroke;stroke:\(theme.background);stroke-width:3px;stroke-linejoin:round}"
    css += ".z{fill:\(theme.grid)}"
    for (index, colour) in theme.series.enumerated() {
      css += ".c\(index){fill:\(colour)}.k\(index){stroke:\(colour)}"
    }
    for step in 0...heatSteps {
      let share = Double(step) / Double(heatSteps)
      css += ".u\(step){fill:\(theme.low.mixed(with: theme.high, share))}"
      css += ".o\(step){fill:\(theme.above.mixed(with: theme.far, share))}"
    }
    return css + ".chart .hl{fill:\(theme.onLow)}.chart .hh{fill:\(theme.onHigh)}"
  }

  private struct Colour {
    let red: Double, green: Double, blue: Double

    init(_ red: Double, _ green: Double, _ blue: Double) {
      self.red = red
      self.green = green
      self.blue = blue
    }

    func mixed(with other: Colour, _ share: Double) -> String {
      func mix(_ one: Double, _ two: Double) -> String { String(Int((one + (two - one) * share).rounded())) }
      return "rgb(\(mix(red, other.red)),\(mix(green, other.green)),\(mix(blue, other.blue)))"
    }
  }
}
