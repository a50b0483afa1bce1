/// What one prepared kernel makes of weights and biases: packed by the kernel, or packed earlier and mapped back.
///
/// A kernel asks here for each buffer that holds weights or biases in whatever form, and gives a closure that fills it. All
/// that depends on their values is in these buffers, and weights and biases are read nowhere else. Which buffers a kernel asks
/// for, in which order, and what is in them depends on the kernel and the operation alone, not on threads or the machine: so
/// they can be saved and given back in another process.
public final class PackedConstants: @unchecked Sendable {
  /// One buffer.
  package struct Piece {
    /// Its bytes.
    package let bytes: UnsafeRawBufferPointer
    package let owner: AnyObject

    /// Describes a buffer that lives as long as its owner.
    package init(bytes: UnsafeRawBufferPointer, owner: AnyObject) {
      self.bytes = bytes
      self.owner = owner
    }
  }

  /// Gives memory for a buffer of so many bytes at an alignment, and the object that owns it; nil to let it be allocated as
  /// usual.
  package typealias Allocator = (_ byteCount: Int, _ alignment: Int) -> (UnsafeMutableRawPointer, AnyObject)?

  /// Where the buffers come from.
  private enum Source {
    /// Allocated, and filled by the kernel.
    case kernel
    /// Allocated, and never filled: only their sizes count.
    case nowhere
    /// Filled earlier.
    case pieces([Piece])
    /// Allocated by somebody else, and filled by the kernel.
    case allocator(Allocator)
  }

  private let source: Source
  /// The buffers that the kernel asked for, in that order.
  package private(set) var pieces: [Piece] = []
  /// Whether the kernel asked for what was filled earlier, each buffer in its size, and for nothing else.
  package var isExact: Bool {
    guard case .pieces(let known) = source else { return true }
    return hasAll && pieces.count == known.count
  }
  private var hasAll = true

  private init(_ source: Source) { self.source = source }

  /// Buffers that the kernel fills.
  public convenience init() { self.init(.kernel) }

  /// Buffers that stay empty: a kernel that is prepared with them can tell its workspace, but can't be run. Untouched memory
  /// costs next to nothing.
  package static func unfilled() -> PackedConstants { PackedConstants(.nowhere) }

  /// Buffers that the kernel fills, in memory of the caller's choice.
  package convenience init(allocating allocator: @escaping Allocator) { self.init(.allocator(allocator)) }

  /// Buffers that were filled earlier.
  package convenience init(_ pieces: [Piece]) { self.init(.pieces(pieces)) }

  /// The kernel's next buffer.
  ///
  /// - Parameters:
  ///   - count: elements.
  ///   - fill: writes them all; called unless they're there already.
  public func buffer<Element: BitwiseCopyable>(
    _ count: Int, fill: (UnsafeMutableBufferPointer<Element>) -> Void
  ) -> AlignedBuffer<Element> {
    if case .pieces(let known) = source {
      let place = pieces.count
      if place < known.count, known[place].bytes.count == count * MemoryLayout<Element>.stride {
        pieces.append(known[place])
        // Never written to: who asks for packed weights only reads them.
        return AlignedBuffer(
          borrowing: UnsafeMutableRawBufferPointer(mutating: known[place].bytes).bindMemory(to: Element.self),
          owner: known[place].owner)
      }
      hasAll = false
    }
    let buffer = allocated(count) as AlignedBuffer<Element>
    switch source {
    case .kernel, .allocator: fill(buffer.elements)
    // Of what was packed earlier the weights are gone: there is nothing to fill a buffer from that its file doesn't have, and
    // ``isExact`` tells that it's missing.
    case .nowhere, .pieces: break
    }
    pieces.append(Piece(bytes: UnsafeRawBufferPointer(buffer.elements), owner: buffer))
    return buffer
  }

  private func allocated<Element: BitwiseCopyable>(_ count: Int) -> AlignedBuffer<Element> {
    if case .allocator(let allocator) = source,
      let (start, owner) = allocator(count * MemoryLayout<Element>.stride, AlignedBuffer<Element>.alignment)
    {
      return AlignedBuffer(
        borrowing: UnsafeMutableBufferPointer(start: start.bindMemory(to: Element.self, capacity: count), count: count),
        owner: owner)
    }
    return AlignedBuffer(uninitializedCount: count)
  }

  /// The kernel's next buffer, a copy of constants as they are.
  public func copy(_ constants: UnsafeBufferPointer<Float>, count: Int) -> AlignedBuffer<Float> {
    buffer(count) { (target: UnsafeMutableBufferPointer<Float>) in _ = target.initialize(from: constants.prefix(count))
    }
  }
}
