import ConvolutionModel
import Foundation
import Testing

/// What a problem string must give.
private struct Expectation: Sendable {
  let text: String
  let input: TensorShape
  let output: TensorShape
  var filter = (3, 3)
  var stride = (1, 1)
  var padding = Padding.zero
  var dilation = (1, 1)
  var groups = 1
  var name: String?
  var count = 1
}

private func shape(_ n: Int, _ c: Int, _ h: Int, _ w: Int) -> TensorShape {
  TensorShape(batch: n, channels: c, height: h, width: w)
}

struct ProblemStringTests {
  @Test func readsWhatOthersWrite() throws {
    let expectations = [
      Expectation(
        text: #"mb50ic64ih56oc64oh56kh3ph1n"resnet_50:res2a_branch2b*3""#, input: shape(50, 64, 56, 56),
        output: shape(50, 64, 56, 56), padding: Padding(1), name: "resnet_50:res2a_branch2b", count: 3),
      Expectation(
        text: #"g1mb50ic256ih56iw56oc512oh28ow28kh1kw1sh2sw2ph0pw0n"resnet_50:res3a_branch1""#,
        input: shape(50, 256, 56, 56), output: shape(50, 512, 28, 28), filter: (1, 1), stride: (2, 2),
        padding: Padding(top: 0, left: 0, bottom: -1, right: -1), name: "resnet_50:res3a_branch1"),
      Expectation(
        text: #"mb32_g1ic3oc32_ih224oh112kh3sh2dh0ph1_iw224ow112kw3sw2dw0pw1_n"mobilenet:conv1*3""#,
        input: shape(32, 3, 224, 224), output: shape(32, 32, 112, 112), stride: (2, 2),
        padding: Padding(top: 1, left: 1, bottom: 0, right: 0), name: "mobilenet:conv1", count: 3),
      Expectation(
        text: #"g128ic128iw16oc128ow16kw3sw1pw1n"conv_dw""#, input: shape(2, 128, 1, 16), output: shape(2, 128, 1, 16),
        filter: (1, 3), padding: Padding(top: 0, left: 1, bottom: 0, right: 1), groups: 128, name: "conv_dw"),
      Expectation(
        text: #"g100_ic400oc400_iw18kw2sw2_n"1d_gconv_channel-block-4-strided""#, input: shape(2, 400, 1, 18),
        output: shape(2, 400, 1, 9), filter: (1, 2), stride: (1, 2), groups: 100,
        name: "1d_gconv_channel-block-4-strided"),
      Expectation(
        text: #"ic3ih224oc64oh112kh7sh2ph3n"resnet_50_v1_5:conv1""#, input: shape(2, 3, 224, 224),
        output: shape(2, 64, 112, 112), filter: (7, 7), stride: (2, 2),
        padding: Padding(top: 3, left: 3, bottom: 2, right: 2), name: "resnet_50_v1_5:conv1"),
      Expectation(
        text: #"ic256ih49_iw56oc128_oh7ow28_kh1kw1sh7sw2_ph0pw0n"generated_strided_conv:4""#,
        input: shape(2, 256, 49, 56), output: shape(2, 128, 7, 28), filter: (1, 1), stride: (7, 2),
        padding: Padding(top: 0, left: 0, bottom: -6, right: -1), name: "generated_strided_conv:4"),
      Expectation(
        text: #"g4ic20oc20_ih8oh4kh3ph1sh2_n"conv_basic_2d:grouped_stride_tail""#, input: shape(2, 20, 8, 8),
        output: shape(2, 20, 4, 4), stride: (2, 2), padding: Padding(top: 1, left: 1, bottom: 0, right: 0), groups: 4,
        name: "conv_basic_2d:grouped_stride_tail"),
      Expectation(
        text: "g1ic17oc17_iw8ow5kw3pw3sw2", input: shape(2, 17, 1, 8), output: shape(2, 17, 1, 5), filter: (1, 3),
        stride: (1, 2), padding: Padding(top: 0, left: 3, bottom: 0, right: 0)),
      // The example of the notation's shorthand; any order of tokens; dilation; padding from the output.
      Expectation(
        text: "ic64ih56oc64oh56kh3ph1", input: shape(2, 64, 56, 56), output: shape(2, 64, 56, 56), padding: Padding(1)),
      Expectation(
        text: "ph2 kh3 dh1 oc8 _ih9_ ic4 mb1 # dilated", input: shape(1, 4, 9, 9), output: shape(1, 8, 9, 9),
        padding: Padding(2), dilation: (2, 2)),
      Expectation(
        text: "mb1ic1ih8oc1oh8kh4", input: shape(1, 1, 8, 8), output: shape(1, 1, 8, 8), filter: (4, 4),
        padding: Padding(top: 1, left: 1, bottom: 2, right: 2)),
      Expectation(
        text: #"mb1ic1ih8oc1kh3*4"#, input: shape(1, 1, 8, 8), output: shape(1, 1, 6, 6), count: 4),
      Expectation(
        text: "mb1ic1ih8oc1kh3sh2ph0pb3pw1pr0iw7kw3sw1 nplain*2", input: shape(1, 1, 8, 7), output: shape(1, 1, 5, 6),
        stride: (2, 1), padding: Padding(top: 0, left: 1, bottom: 3, right: 0), name: "plain", count: 2),
    ]
    for expected in expectations {
      let line = try ProblemLine.parse(expected.text, line: 7)
      let problem = line.problem
      #expect(problem.inputShape == expected.input, "\(expected.text)")
      #expect(problem.outputShape == expected.output, "\(expected.text)")
      #expect((problem.filterHeight, problem.filterWidth) == expected.filter, "\(expected.text)")
      #expect((problem.strideHeight, problem.strideWidth) == expected.stride, "\(expected.text)")
      #expect(problem.padding == expected.padding, "\(expected.text)")
      #expect((problem.dilationHeight, problem.dilationWidth) == expected.dilation, "\(expected.text)")
      #expect(problem.groups == expected.groups, "\(expected.text)")
      #expect(line.name == expected.name)
      #expect(line.count == expected.count)
      #expect(line.line == 7)
      #expect(line.pointwiseChannels == nil)
      #expect(try ConvolutionProblem(parsing: expected.text) == problem)
    }
  }

  @Test func refusesWithPlaceAndReason() {
    let cases: [(text: String, column: Int, part: String)] = [
      ("", 1, "ic is missing"),
      ("ic3ih5kh3ph1", 13, "oc is missing"),
      ("oc3ih5kh3ph1", 13, "ic is missing"),
      ("ic3oc3", 7, "ih and iw are missing"),
      ("ic3oc3ih5", 7, "kh is missing"),
      ("ic3oc3ih5kh3iw5", 13, "kw is missing"),
      ("ic3oc3ih5kh3sw1", 13, "iw is missing"),
      ("ic3oc3ih5kh3ph1ic4", 16, "ic is given twice"),
      ("ic3oc3ih5kh3xh1", 13, "xh is no size"),
      ("ic3oc3ih5khh3", 10, "did you mean kh?"),
      ("ic3oc3ih5kh3ph-1", 13, "expected no negative number"),
      ("ic3oc3ih5kh3ph", 13, "ph has no number"),
      ("ic3oc3ih0kh3", 7, "ih is 0; expected at least 1"),
      ("ic3oc3ih5kh3oh0", 13, "oh is 0; expected at least 1"),
      ("mb0ic3oc3ih5kh3", 1, "batch is 0"),
      ("ic3oc3ih5kh3sh0", 13, "sh is 0"),
      ("ic3oc3ih5kh3oh7ph1", 13, "oh is 7, which doesn't fit: it takes 3 zeros"),
      ("ic3oc3ih5kh3oh2ph1", 13, "2 pixels at the end of the input would remain unused"),
      ("ic3oc3ih5kh3oh5ph1pb3", 13, "oh is 5, but pb3 and ph1 don't give it"),
      ("ic3oc3ih3kh9ph1", 10, "the filter spans 9"),
      ("ic4oc6g3ih3kh1", 7, "3 groups do not divide 4 input channels"),
      ("ic6oc4g3ih3kh1", 7, "3 groups do not divide 4 output channels"),
      ("ic99999999999999999999oc1ih1kh1", 1, "expected at most 2147483647"),
      ("ic2147483647oc2147483647ih2147483647kh1", 1, "overflows"),
      ("ic1oc1ih5kh3dh2147483647", 13, "overflows"),
      ("ic3oc16_id5od5kd3pd1", 9, "3-D convolution"),
      ("ic3oc16_ih5kh3sd1", 15, "3-D convolution"),
      (#"ic3oc3ih5kh3n"open"#, 13, "no closing quotation mark"),
      (#"ic3oc3ih5kh3n"a"n"b""#, 17, "a second name"),
      ("ic3oc3ih5kh3n", 13, "n has no name"),
      (#"ic3oc3ih5kh3n"a*0""#, 13, "counts 0 occurrences"),
      (#"ic3oc3ih5kh3n"a*2"*3"#, 19, "a second count"),
      ("ic3oc3ih5kh3*0", 13, "0 occurrences"),
      ("--mb=3", 1, "'-' starts no token"),
      ("ic3oc3ih5kh3+ic4", 13, "+ic is unknown"),
      ("ic3oc3ih5kh3+oc0", 13, "output channels is 0"),
      ("ic3oc3ih5kh3+oc4+oc5", 17, "+oc is given twice"),
    ]
    for (text, column, part) in cases {
      do throws(ProblemStringError) {
        let line = try ProblemLine.parse(text, line: 3)
        Issue.record("\(text) was read as \(line)")
      } catch {
        #expect(error.line == 3)
        #expect(error.column == column, "\(text): \(error)")
        #expect(error.reason.contains(part), "\(text): \(error)")
        #expect(error.description.hasPrefix("3:\(column): "))
      }
    }
    #expect(throws: ProblemStringError.self) { try ConvolutionProblem(parsing: "ic3oc3ih5kh3+oc4") }
  }

  @Test func printsWhatItReads() throws {
    let forms = [
      "mb1ic64ih56oc64oh56kh3ph1", "g4mb2ic8iw9oc4ow9kw3pw1", "mb1ic3ih5iw7oc2oh3ow7kh3kw1ph0pw0",
      "mb1ic4ih9oc8oh9kh3ph2dh1", "mb1ic64ih56oc128oh28kh1sh2ph0", "mb1ic64ih56oc64kh3sh2ph1",
      "mb1ic1ih1oc1oh1kh1ph0", "mb1ic1ih8iw8oc1oh3owkk",
    ]
    for form in forms.dropLast() { #expect(try ConvolutionProblem(parsing: form).description == form) }
    #expect(throws: ProblemStringError.self) { try ConvolutionProblem(parsing: forms.last!) }
    for text in [
      #"mb1ic8ih5oc8oh5kh3ph1+oc16n"separable*13""#, #"mb1ic8ih5oc8oh5kh3ph1n"odd*1*1""#,
      #"mb1ic8ih5oc8oh5kh3ph1*2"#,
    ] {
      let line = try ProblemLine.parse(text)
      #expect(line.description == text)
      #expect(try ProblemLine.parse(line.description) == line)
    }
    let separable = try ProblemLine.parse("mb1ic8ih5oc8oh5kh3ph1g8+oc16")
    #expect(separable.pointwiseChannels == 16)
    #expect(try separable.operation().description == "g8mb1ic8ih5oc8oh5kh3ph1+oc16")
    #expect(try separable.operation().outputShape == shape(1, 16, 5, 5))
  }

  /// Every small axis, also those whose padding after is none that could be deduced.
  @Test func printedProblemsReadBackTheSame() throws {
    var count = 0
    for (input, filter, stride, dilation) in [
      (1, 1, 1, 1), (5, 3, 1, 1), (6, 3, 2, 1), (7, 1, 3, 1), (9, 3, 2, 2), (4, 4, 1, 1), (2, 5, 7, 1),
    ] {
      for before in [0, 1, 2, 7] {
        for after in -5...9 {
          for mirrored in [false, true] {
            // The other axis is square with it, one of a 1-D problem, or another.
            for other in 0..<3 {
              let own = (input, filter, stride, dilation)
              let sizes = other == 0 ? own : other == 1 ? (1, 1, 1, 1) : (8, 3, 1, 1)
              let padding = other == 0 ? (before, after) : other == 1 ? (0, 0) : (1, 2)
              let axes = mirrored ? (sizes, own) : (own, sizes)
              let paddings = mirrored ? (padding, (before, after)) : ((before, after), padding)
              guard
                let problem = try? ConvolutionProblem(
                  batch: 1, inputChannels: 2, inputHeight: axes.0.0, inputWidth: axes.1.0, outputChannels: 2,
                  filterHeight: axes.0.1, filterWidth: axes.1.1, strideHeight: axes.0.2, strideWidth: axes.1.2,
                  padding: Padding(
                    top: paddings.0.0, left: paddings.1.0, bottom: paddings.0.1, right: paddings.1.1),
                  dilationHeight: axes.0.3, dilationWidth: axes.1.3, groups: 2)
              else { continue }
              count += 1
              let read = try ConvolutionProblem(parsing: problem.description)
              if read != problem { Issue.record("\(problem) is read as \(read): \(problem.padding), \(read.padding)") }
            }
          }
        }
      }
    }
    #expect(count > 1000)
  }

  @Test func filesAreReadLineByLine() throws {
    let text = """
      # a comment

      mb1ic3ih5oc4kh3ph1n"first"    # and another
      \tmb1ic3ih5oc4kh9\r
      mb1ic3ih5oc4kh1n"last*2"
      """
    let lines = ProblemFile.parse(text)
    #expect(lines.count == 3)
    #expect(try lines[0].get().name == "first")
    #expect(try lines[2].get().count == 2)
    #expect(try lines[2].get().line == 5)
    guard case .failure(let error) = lines[1] else {
      Issue.record("a filter larger than the image was read")
      return
    }
    #expect(error.line == 4)
    #expect(error.column == 14)
    #expect(ProblemFile.parse("").isEmpty)
  }

  /// Where a collection of others' problem files lies next to the checkout: every line is read, or refused because it's
  /// three-dimensional.
  @Test func collectedFilesAreReadOrRefused() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data/benchdnn")
    let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    for file in files {
      for result in ProblemFile.parse(try String(contentsOf: file, encoding: .utf8)) {
        switch result {
        case .success(let line):
          let again = try ProblemLine.parse(line.description, line: line.line)
          #expect(again == line, "\(file.lastPathComponent): \(line)")
        case .failure(let error):
          #expect(error.reason.contains("3-D"), "\(file.lastPathComponent):\(error)")
        }
      }
    }
  }
}
