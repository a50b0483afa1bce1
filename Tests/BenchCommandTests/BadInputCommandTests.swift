import Convolution
import Foundation
import Testing

@testable import BenchCommand

@Suite("Bad input: command lines and wisdom")
struct BadInputCommandTests {
  private static let tiny = ["--problem", "mb1ic2oc2ih4kh3"]

  @Test("What can't be meant is a usage error that names the option")
  func commandLines() {
    let cases: [(line: String, status: Int32, part: String)] = [
      ("limits", 64, "Missing expected argument '<file>"),
      ("limits a --threads 0", 64, "--threads is 0; expected 1…1024"),
      ("limits a --threads -1", 64, "--threads is -1; expected 1…1024"),
      ("limits a --threads 1025", 64, "--threads is 1025"),
      ("limits a --format xml", 64, "'xml' is invalid for '--format"),
      ("limits a --network vgg16", 64, "Unknown option '--network'"),
      ("sweeps", 64, "Missing expected argument '<file>"),
      ("sweeps a --threads 0", 64, "--threads is 0; expected 1…1024"),
      ("sweeps a --threads many", 64, "'many' is invalid for '--threads"),
      ("tune --time inf", 64, "--time is inf; expected 0.001…3600 seconds"),
      ("tune --accuracy nan", 64, "--accuracy is nan; expected any, sum or a positive number"),
      ("tune --accuracy -1", 64, "--accuracy"), ("tune --accuracy 1e999", 64, "--accuracy is 1e999; expected any, sum"),
      ("tune --cache icy", 64, "'icy' is invalid for '--cache"), ("tune --check", 64, "Missing value for '--check"),
      ("tune --external ./a", 64, "Unknown option '--external'"), ("tune --threads 0", 64, "--threads is 0"),
      ("plan --accuracy 0", 64, "--accuracy is 0; expected any, sum or a positive number"),
      ("plan --weights lukewarm", 64, "'lukewarm' is invalid for '--weights"),
      ("plan --workspace-limit 9223372036854775808", 64, "is invalid for '--workspace-limit"),
      ("plan --workspace-limit 1.5", 64, "'1.5' is invalid for '--workspace-limit"),
      ("plan --isa avx2", 64, "--isa means nothing to plan"), ("plan --time 1", 64, "Unknown option '--time'"),
      ("report a", 64, "Missing expected argument '--output <path>'"), ("report a --output", 64, "Missing value for"),
      ("report --output a.html", 64, "Missing expected argument '<records>"),
      ("report a --output a.html --png", 64, "--png makes files beside the page; expected --output to be a directory"),
      ("peers --records a --time 1", 64, "--time chooses what is measured; --records measures nothing"),
      ("peers --threads 2000", 64, "--threads is 2000; expected 1…1024"),
      ("fuzz --cases 0", 64, "--cases is 0; expected at least 1"),
      ("fuzz --time 0s", 64, "'0s' is invalid for '--time"),
      ("fuzz --time 10d", 64, "'10d' is invalid for '--time"), ("fuzz --seed -1", 64, "invalid for '--seed"),
      ("fuzz --isa mmx", 64, "'mmx' is invalid for '--isa"), ("fuzz --problem ic1", 64, "Unknown option '--problem'"),
      ("compare a b --rounds 1001", 64, "--rounds is 1001; expected 6…1000"),
      ("compare a b --threshold 1e9", 64, "--threshold is 1000000000.0; expected 0…1000 percent"),
      ("run --samples 1000001", 64, "--samples is 1000001; expected 1…1000000"),
      ("run --external-timeout inf", 64, "--external-timeout is inf"),
      ("verify --shard 1/9223372036854775808", 64, "--shard is 1/9223372036854775808; expected i/n"),
      // Such as can be parsed, but not carried out.
      ("plan --network vgg17", 64, "no network is named vgg17; did you mean vgg16?"),
      ("tune --layer conv99_9 --network vgg16", 64, "no layer matches conv99_9"),
      ("plan --network vgg16 --mb 2147483647", 64, "with 2147483647 images in a batch: "),
      ("gemm --network vgg16 --mb 100000 --quick", 64, "its tensors take "),
      ("gemm --problem mb1ic1oc1ih4000iw4000kh512kw512 --time 0.001", 64, "its matrices take "),
      (
        "plan --timing --problem mb1ic2oc2ih4kh3*2147483647", 64,
        "--timing would make 2147483647 plans; expected at most"
      ),
      ("plan --timing --problem mb1ic20000oc20000ih1kh1*90000", 64, "--timing: the weights of all plans take "),
      ("plan --problem mb1ic2oc2ih4kh3 --workspace-limit 0 --accuracy 1e-300", 1, "no kernel for mb1ic2ih4oc2"),
      ("verify --problem mb1ic2oc2ih4kh3 --kernel naive-nhwc --layout nchw", 64, "none has layout nchw"),
      ("verify --problem mb1ic2oc2ih4kh3 --kernel [", 64, "no kernel matches ["),
      ("verify --problem mb1ic2oc2ih4kh3 --shard 2/9223372036854775807", 0, "nothing to do: there are more shards"),
    ]
    for (line, status, part) in cases { expectBad(line.split(separator: " ").map(String.init), status: status, part) }
    expectBad(
      ["verify"] + Self.tiny + ["--kernel", String(repeating: "n", count: 3000)], status: 64, "no kernel matches")
    #expect(cases.count >= 40)
  }

  @Test("Wisdom that is none is told of before anything else is done, by plan, tune and run")
  func wisdom() throws {
    try withDirectory { directory in
      let path = directory + "/wisdom.json"
      let empty = String(decoding: try Wisdom().json(), as: UTF8.self)
      func changed(_ from: String, _ to: String) -> Data {
        #expect(empty.contains(from), "\(empty)")
        return Data(empty.replacing(from, with: to).utf8)
      }
      let nested = Data(("{\"choices\":" + String(repeating: "[", count: 50_000)).utf8)
      let cases: [(contents: Data, part: String)] = [
        (Data(), "is no wisdom: it is not whole JSON"), (Data("\n".utf8), "is no wisdom: it is not whole JSON"),
        (Data("null".utf8), "is no wisdom: it is no object of JSON"),
        (Data("[]".utf8), "is no wisdom: it is no object of JSON"),
        (Data("1".utf8), "is no wisdom: it is no object of JSON"),
        (Data("{}".utf8), "is no wisdom: it has no formatVersion"), (nested, "is no wisdom: it is not whole JSON"),
        (Data([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]), "is no wisdom: it is not whole JSON"),
        (Data(empty.utf8.dropLast(3)), "is no wisdom: it is not whole JSON"),
        (Data((empty + empty).utf8), "is no wisdom: it is not whole JSON"),
        (
          changed("\"formatVersion\" : 1", "\"formatVersion\" : 2"),
          "has format version 2; this package knows versions up to 1"
        ),
        (changed("\"formatVersion\" : 1", "\"formatVersion\" : -1"), "its format version is -1"),
        (changed("\"formatVersion\" : 1", "\"formatVersion\" : 1e99"), "is no wisdom: "),
        (changed("\"formatVersion\" : 1", "\"formatVersion\" : null"), "formatVersion has another type"),
        (changed("\"choices\"", "\"voices\""), "it has no choices"),
        (changed("\"checksum\" : \"", "\"checksum\" : \"0"), "its checksum is 0"),
        (changed("\"choices\" : [", "\"choices\" : [{\"key\": 1}"), "choices"),
        (Data("{\"formatVersion\":1,\"checksum\":\"\",\"choices\":{}}".utf8), "choices has another type"),

      ]
      func commands(_ path: String) -> [[String]] {
        [["plan"] + Self.tiny + ["--wisdom", path], ["tune"] + Self.tiny + ["--time", "0.001", "--wisdom", path]]
      }
      let parsed = try commands(path).map { ($0, try Bench.parseAsRoot($0)) }
      for (contents, part) in cases {
        try contents.write(to: URL(filePath: path))
        for (arguments, command) in parsed { expectBad(arguments, parsed: command, status: 65, part) }
        #expect(try Data(contentsOf: URL(filePath: path)) == contents)
      }
      for arguments in commands(directory) {
        expectBad(arguments, status: 74, "can't read the wisdom in \(directory): ")
      }
      for missing in [path + "/below", directory + "/none/wisdom.json"] {
        expectBad(commands(missing)[0], status: 74, "can't read the wisdom in \(missing): ")
        expectBad(commands(missing)[1], status: 74, "can't write wisdom to \(missing): ")
      }
    }
  }
}
