#if !DEBUG
  import AllocationCounter
  import ConvolutionKernels
  import ConvolutionModel
  import Testing

  /// A run asks for no memory. A debug build's may: what the optimizer specialises goes through boxes there.
  @Suite(.enabled(if: allocation_counter_is_available(), "allocations can't be counted here"))
  struct AllocationTests {
    /// Counts what a piece of work allocates on its own thread. What the pool's threads do in a loop, they do in the caller's
    /// part of it too.
    @inline(never)
    private func allocations(during work: () throws -> Void) rethrows -> Int {
      let before = allocation_counter_value()
      try work()
      return allocation_counter_value() - before
    }

    @Test(arguments: TestedKernels.names)
    func runsAllocateNothing(name: String) throws {
      let kernel = try TestedKernels.available(name)
      // What a library does in its own rooms isn't the package's to promise.
      if kernel.usesLibrary { try Test.cancel("\(name): a library may allocate") }
      var compared = 0
      for (number, channels) in Channels.all.enumerated() {
        for geometry in [
          Geometry(13, 12, filter: 3, padding: Padding(1), batch: 2), Geometry(7, 8, filter: 1),
          Geometry(9, 7, filter: 5, stride: 2, padding: Padding(2)),
        ] {
          let operation = try ConvolutionOperation(geometry, channels, epilogue: number)
          guard kernel.support(for: operation).isSupported else { continue }
          for threads in [1, 2, 3] {
            let data = RunData(operation, isWhole: true, seed: 1)
            // Making a plan allocates, which shows that the counting works.
            #expect(try allocations { _ = try data.plan(kernel, threads: threads) } > 0)
            let plan = try data.plan(kernel, threads: threads)
            let input = AlignedBuffer<Float>(count: operation.inputShape.count, repeating: 1)
            let residual = AlignedBuffer<Float>(count: operation.outputShape.count, repeating: 1)
            let output = AlignedBuffer<Float>(count: operation.outputShape.count, repeating: 0)
            let workspace = AlignedBuffer<UInt8>(count: plan.workspaceBytes, repeating: 0)
            func run(_ ownWorkspace: Bool) throws {
              try plan.run(
                input: UnsafeBufferPointer(input.elements),
                residual: operation.finalEpilogue.hasResidual ? UnsafeBufferPointer(residual.elements) : nil,
                output: output.elements,
                workspace: ownWorkspace
                  ? nil : UnsafeMutableRawBufferPointer(start: workspace.elements.baseAddress!, count: workspace.count))
            }
            // The first run starts threads, and looks up what the runtime then remembers.
            try run(false)
            try run(true)
            let counted = try (allocations { try run(false) }, allocations { try run(true) })
            #expect(counted.0 == 0, "\(name) on \(operation) with \(threads) threads")
            #expect(counted.1 == 0, "\(name) on \(operation) with \(threads) threads, in the plan's workspace")
            compared += 1
          }
        }
      }
      #expect(compared > 0)
    }
  }
#endif
