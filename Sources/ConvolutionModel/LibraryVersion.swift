/// The version of the package: part of what choices of kernels and packed weights are kept under, since another version's
/// kernels are other kernels.
public enum LibraryVersion {
  /// The version of this code.
  public static let current = "0.1.0"
}
