#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Memory of trivial elements that starts on a cache line: for those who have none of their own.
///
/// The buffer owns its memory and frees it with its last reference, unless it borrowed it from another object. It doesn't guard against races: whoever shares one
/// between threads sees to it that nobody writes while others read.
public final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The alignment of the first element, in bytes: one cache line, and one AVX-512 register.
  public static var alignment: Int { 64 }

  /// The elements.
  public let elements: UnsafeMutableBufferPointer<Element>
  private let owner: AnyObject?

  /// Allocates `count` elements, all of them `value`.
  ///
  /// - Precondition: `count ≥ 0`.
  public init(count: Int, repeating value: Element) {
    owner = nil
    elements = Self.allocate(count)
    elements.initialize(repeating: value)
  }

  /// Allocates room for the elements and copies them.
  public init(_ values: some Collection<Element>) {
    owner = nil
    elements = Self.allocate(values.count)
    _ = elements.initialize(from: values)
  }

  /// Allocates `count` elements whose values are whatever the memory held; for buffers that are written before they're
  /// read.
  public init(uninitializedCount count: Int) {
    owner = nil
    elements = Self.allocate(count)
  }

  /// Borrows elements that live as long as their owner and start on a cache line.
  package init(borrowing elements: UnsafeMutableBufferPointer<Element>, owner: AnyObject) {
    self.owner = owner
    self.elements = elements
  }

  /// The number of elements.
  public var count: Int { elements.count }

  /// The element at a position.
  public subscript(position: Int) -> Element {
    get { elements[position] }
    set { elements[position] = newValue }
  }

  private static func allocate(_ count: Int) -> UnsafeMutableBufferPointer<Element> {
    var byteCount = max(count, 1) * MemoryLayout<Element>.stride
    #if os(Linux)
      // With small pages each 64 lines wait for a translation, and the processor's own fetching ahead stops at each page's
      // end; where pages of a buffer lie in the caches is chance. A buffer takes whole large pages, or its end would have
      // small ones; of one that would leave most of a page unused that is too much.
      let hugePage = 1 << 21
      let isHuge = byteCount >= hugePage / 4
      if isHuge { byteCount = (byteCount + hugePage - 1) & ~(hugePage - 1) }
      let bytes = UnsafeMutableRawBufferPointer.allocate(
        byteCount: byteCount, alignment: isHuge ? hugePage : alignment)
      // Advice: whether the system follows it doesn't matter to the result.
      if isHuge { _ = madvise(bytes.baseAddress!, byteCount, Int32(MADV_HUGEPAGE)) }
    #else
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: alignment)
    #endif
    return UnsafeMutableBufferPointer(start: bytes.bindMemory(to: Element.self).baseAddress, count: count)
  }

  deinit { if owner == nil { UnsafeMutableRawPointer(elements.baseAddress!).deallocate() } }
}
