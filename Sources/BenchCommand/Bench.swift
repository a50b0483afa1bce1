import ArgumentParser
import ConvolutionModel

/// The command line.
public struct Bench: ParsableCommand {
  /// The suite's version.
  static let version = LibraryVersion.current

  public static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Verifies and times every convolution kernel on the layers of real networks.",
    discussion: """
      Without a subcommand, a representative choice of layers of VGG-16, ResNet-50, MobileNetV1 and V2 is run with every \
      kernel that this machine can run, within about two minutes. A kernel is verified on a layer before it is timed, and \
      the time of one that failed is never shown. Results go to standard output, progress and warnings to standard error.

      EXAMPLES
        bench                                           the representative layers
        bench --quick                                   five layers, within seconds
        bench --full --output all.jsonl --resume        every layer, slow kernels included; goes on where it was stopped
        bench --network resnet50 --kernel 'direct-*'    one network, one family
        bench --problem ic64ih56oc64oh56kh3ph1mb1       a problem in benchdnn's notation
        bench --batch shapes_resnet_50 --mb 1           a file of problems, one image each
        bench --quick --external ./my_kernel            a program of your own beside ours
        bench verify --network vgg16 --isa all          verdicts only, every output, every instruction set
        bench fuzz --time 10m --seed 42                 random problems, and the least one that shows a failure
        bench gemm --network vgg16                      the matrix products by themselves
        bench --network vgg16 --cache cold-weights      with the packed weights out of the caches
        bench --layer conv3_2 --stages --samples 100    time by stage, a hundred samples
        bench machine                                   the ceilings: multiply-adds and bandwidth of each level
        bench peers --network resnet50                  beside other libraries, in the same rounds
        bench limits all.jsonl machine.json             what bounds each layer, how near ours came, and what limits the rest
        bench sweeps scaling.jsonl machine.json         where the rate falls off while a convolution grows
        bench describe vgg16                            layer by layer
        bench plan --network vgg16                      what the library would choose, and why
        bench tune --network vgg16 --wisdom w.json      measure the choices, and keep those that are better
        bench compare --base main                       this working tree against a commit, both built and run in turn
        bench run --shard 3/8 --output 3.jsonl          the third of eight parts; bench merge joins them
        bench list kernels --format json                what there is, and why some of it isn't available here
        bench report all.jsonl --output all.html        a page with pictures and tables

      ENVIRONMENT
        BENCH_HOST    the machine's name in records, instead of the system's; set to nothing, none is recorded
        NO_COLOR      set to anything, there are no colours

      SHELL COMPLETIONS
        bench --generate-completion-script zsh          or bash, or fish; the README says where each shell looks for it

      EXIT STATUS
        0    all that was asked for was checked and passed
        1    compare found a slowdown; a kernel failed or couldn't be trusted, no kernel could be checked, or a line of a problem file was refused \
      (3-D problems, which the suite does not cover, are reported but do not count)
        64   the command line can't be carried out: an unknown name, a number out of range, a problem with a mistake
        65   records can't be compared or merged: nothing in common, duplicates, mixed schema versions
        69   a commit can't be built or run for a comparison
        74   records can't be read or written
        130  interrupted; what was measured is shown and recorded
      """,
    version: version,
    subcommands: [
      RunCommand.self, VerifyCommand.self, FuzzCommand.self, ListCommand.self, DescribeCommand.self, GEMMCommand.self,
      PeersCommand.self, MachineCommand.self, LimitsCommand.self, SweepsCommand.self, PlanCommand.self,
      TuneCommand.self,
      CompareCommand.self, MergeCommand.self,
      ReportCommand.self,
    ],
    defaultSubcommand: RunCommand.self)

  public init() {}
}
