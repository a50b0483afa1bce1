import ConvolutionModel

/// Output pixels that a transformed algorithm may spoil where some inputs aren't finite: all that share a tile with an output
/// that looks at one of them, wherever tiles begin.
struct SpoiledPixels {
  private struct Area {
    let image: Int
    let rows: ClosedRange<Int>
    let columns: ClosedRange<Int>
  }

  private let areas: [Area]

  /// - Parameters:
  ///   - data: whole numbers with some inputs spoiled.
  ///   - tile: edge of the algorithm's tiles of outputs, of stride 1.
  init(_ data: TestData, tile: Int) {
    let problem = data.operation.problem
    areas = data.spoiledInputs.map { position in
      let place = data.operation.inputShape.place(position)
      func range(_ position: Int, _ padding: Int, _ filter: Int) -> ClosedRange<Int> {
        position + padding - filter + 1 - (tile - 1)...position + padding + tile - 1
      }
      return Area(
        image: place.batch, rows: range(place.row, problem.padding.top, problem.filterHeight),
        columns: range(place.column, problem.padding.left, problem.filterWidth))
    }
  }

  func contains(_ place: (batch: Int, channel: Int, row: Int, column: Int)) -> Bool {
    areas.contains {
      $0.image == place.batch && $0.rows.contains(place.row) && $0.columns.contains(place.column)
    }
  }
}
