import ConvolutionKernels
import ConvolutionModel
import Foundation
import Synchronization
import Testing

/// What a plan promises of its runs, whatever the memory, the threads and the company: always the same bits.
///
/// A library may sum in another order on other threads or addresses. Kernels on top of one are run on whole numbers, which
/// every order sums to the same bits; all others on reals.
@Suite(.serialized) struct RunContractTests {
  /// Several blocks of everything, remainders of everything, and sums of several chunks.
  private static func data(for kernel: any ConvolutionKernel) throws -> [RunData] {
    #if DEBUG
      let operations = try reduced
    #else
      let operations = try full
    #endif
    return operations.filter { kernel.support(for: $0).isSupported }.enumerated().map {
      RunData($1, isWhole: kernel.usesLibrary, seed: UInt64(50 + $0))
    }
  }

  private static var reduced: [ConvolutionOperation] {
    get throws {
      let geometry = Geometry(5, 6, filter: 3, padding: Padding(1), batch: 2)
      return try [
        ConvolutionOperation(geometry, Channels(input: 3, output: 19), epilogue: 0),
        ConvolutionOperation(geometry, Channels(input: 19, output: 19, groups: 19), epilogue: 0),
        ConvolutionOperation(geometry, Channels(input: 7, output: 7, groups: 7, pointwise: 19), epilogue: 0),
      ]
    }
  }

  private static var full: [ConvolutionOperation] {
    get throws {
      try [
        ConvolutionOperation(
          Geometry(13, 11, filter: 3, padding: Padding(1), batch: 2), Channels(input: 37, output: 83),
          epilogue: 0),
        ConvolutionOperation(
          Geometry(5, 7, filter: 1), Channels(input: 1040, output: 21), epilogue: 4),
        ConvolutionOperation(
          Geometry(14, 15, filter: 5, stride: 2, padding: Padding(2)), Channels(input: 12, output: 22, groups: 2),
          epilogue: 8),
        ConvolutionOperation(
          Geometry(12, 19, filter: 3, padding: Padding(1), batch: 2), Channels(input: 37, output: 37, groups: 37),
          epilogue: 0),
        ConvolutionOperation(
          Geometry(17, 14, filter: 5, stride: 2, padding: Padding(2)), Channels(input: 70, output: 70, groups: 70),
          epilogue: 4),
        ConvolutionOperation(
          Geometry(14, 13, filter: 3, padding: Padding(1), batch: 2),
          Channels(input: 37, output: 37, groups: 37, pointwise: 21), epilogue: 8),
        ConvolutionOperation(
          Geometry(5, 6, filter: 3, padding: Padding(1)),
          Channels(input: 530, output: 530, groups: 530, pointwise: 40), epilogue: 1),
      ]
    }
  }

  @Test(arguments: TestedKernels.names)
  func memoryDoesNotMatter(name: String) throws {
    let kernel = try TestedKernels.available(name)
    let data = try Self.data(for: kernel)
    #expect(!data.isEmpty)
    for data in data {
      let plan = try data.plan(kernel)
      let expected = try data.run(plan)
      #expect(!expected.contains { Float(bitPattern: $0).isNaN })
      for (inputOffset, outputOffset) in isReduced ? [(1, 1)] : [(1, 0), (0, 1), (1, 1), (3, 2), (15, 7)] {
        let moved = try data.run(plan, RunData.Placement(inputOffset: inputOffset, outputOffset: outputOffset))
        #expect(moved == expected, "\(name) on \(data.operation), floats off a line: \(inputOffset), \(outputOffset)")
      }
      for fill: UInt8 in isReduced ? [0xFF] : [0, 0x5A, 0x7F, 0xFF] {
        let filled = try data.run(plan, RunData.Placement(workspaceFill: fill))
        #expect(filled == expected, "\(name) on \(data.operation), a workspace full of \(fill)")
      }
      if data.operation.finalEpilogue.hasResidual {
        for offset in isReduced ? [1] : [0, 1] {
          let inPlace = try data.run(plan, RunData.Placement(outputOffset: offset, isInPlace: true))
          #expect(inPlace == expected, "\(name) on \(data.operation) \(data.operation.finalEpilogue), in place")
        }
      }
    }
  }

  @Test(arguments: TestedKernels.names)
  func threadsDoNotMatter(name: String) throws {
    let kernel = try TestedKernels.available(name)
    for data in try Self.data(for: kernel) {
      let expected = try data.run(try data.plan(kernel))
      for threads in isReduced ? [3] : [2, 3, 5] {
        let plan = try data.plan(kernel, threads: threads)
        for fill: UInt8? in isReduced ? [0xFF] : [nil, 0xFF] {
          let computed = try data.run(plan, RunData.Placement(workspaceFill: fill))
          #expect(computed == expected, "\(name) on \(data.operation) with \(threads) threads")
        }
        if data.operation.finalEpilogue.hasResidual {
          #expect(try data.run(plan, RunData.Placement(isInPlace: true)) == expected)
        }
      }
    }
  }

  /// More threads than there is work must neither fail nor leave anything out.
  @Test(arguments: TestedKernels.names)
  func moreThreadsThanPixels(name: String) throws {
    let kernel = try TestedKernels.available(name)
    for (number, channels) in Channels.all.prefix(isReduced ? 4 : .max).enumerated() {
      let operation = try ConvolutionOperation(
        Geometry(2, 1, filter: 3, padding: Padding(1)), channels, epilogue: number)
      guard kernel.support(for: operation).isSupported else { continue }
      let data = RunData(operation, isWhole: kernel.usesLibrary, seed: 3)
      let expected = try data.run(try data.plan(kernel))
      for threads in isReduced ? [5] : [2, 5] {
        #expect(try data.run(try data.plan(kernel, threads: threads)) == expected, "\(name) on \(operation)")
      }
    }
  }

  @Test(arguments: TestedKernels.names)
  func plansRunAtTheSameTime(name: String) throws {
    let kernel = try TestedKernels.available(name)
    for data in try Self.data(for: kernel).prefix(isReduced ? 1 : 4) {
      for threads in isReduced ? [2] : [1, 2] {
        let plan = try data.plan(kernel, threads: threads)
        let expected = try data.run(plan)
        let wrong = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: isReduced ? 4 : 24) { index in
          // Callers take turns between the plan's workspaces and their own.
          let fill: UInt8? = index % 3 == 0 ? 0xFF : nil
          if (try? data.run(plan, RunData.Placement(workspaceFill: fill))) != expected {
            wrong.add(1, ordering: .relaxed)
          }
        }
        #expect(wrong.load(ordering: .relaxed) == 0, "\(name) on \(data.operation) with \(threads) threads")
      }
    }
  }
}
