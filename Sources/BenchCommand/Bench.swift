public enum Bench { public static func main() {} }
