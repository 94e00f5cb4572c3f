import { assertEquals, assertThrows } from "@std/assert";
import { presets, runnerNamed } from "../../../src/decide/runners/presets.ts";
import { now } from "./read_recorded.ts";

const input = { promptFile: "/run/prompt.md", systemFile: "/run/system.md" };

Deno.test("presets are in order of preference, and all take the system prompt as a file", () => {
  assertEquals([...presets.keys()], ["pi", "claude", "codex", "opencode"]);
  assertEquals(
    [...presets.values()].map((runner) => runner.takesSystemPrompt),
    Array(4).fill(true),
  );
});

for (const [name, runner] of presets) {
  Deno.test(`${name} names the system file, not the prompt file, and passes a model`, () => {
    const words = JSON.stringify(runner.start(input));
    assertEquals([words.includes(input.systemFile), words.includes(input.promptFile)], [
      true,
      false,
    ]);
    assertEquals(runner.start({ ...input, model: "m/1" }).argv.slice(-2), ["--model", "m/1"]);
    assertEquals(runner.start(input).argv.includes("--model"), false);
  });

  Deno.test(`${name} is never told to pass over permissions`, () => {
    const words = JSON.stringify(runner.start(input));
    assertEquals(/danger|bypass|yolo|full-auto|"--auto"|skip-permissions/.exec(words), null);
  });
}

Deno.test("runnerNamed gives a preset's name with a command the preset's reader", () => {
  const runner = runnerNamed("claude", { tick: "claude -p" });
  assertEquals([runner.name, runner.takesSystemPrompt], ["claude", false]);
  assertEquals(runner.start(input), { argv: ["bash", "-c", "claude -p"], env: {} });
  const reader = runner.read(now);
  reader.line('{"type":"result","subtype":"success","result":"hi"}');
  assertEquals(reader.end({ status: 0, stderrTail: "" }).text, "hi");
});

Deno.test("runnerNamed takes a command's stdout for text unless told otherwise", () => {
  const reader = runnerNamed("mine", { tick: "x" }).read(now);
  reader.line("hi");
  assertEquals(reader.end({ status: 0, stderrTail: "" }).text, "hi");
});

Deno.test("runnerNamed gives the preset itself where the config only names a model", () => {
  assertEquals(runnerNamed("pi", { model: "m" }), presets.get("pi"));
});

Deno.test("runnerNamed refuses an unknown name without a command", () => {
  assertThrows(() => runnerNamed("mine"), Error, "the runner mine has no command");
});

Deno.test("claude alone is told the dollars that it may cost", () => {
  const words = (name: string) => presets.get(name)!.start({ ...input, usdLimit: 0.25 }).argv;
  const at = words("claude").indexOf("--max-budget-usd");
  assertEquals(words("claude").slice(at, at + 2), ["--max-budget-usd", "0.25"]);
  assertEquals(presets.get("claude")!.start(input).argv.includes("--max-budget-usd"), false);
  for (const name of ["pi", "codex", "opencode"]) {
    assertEquals(words(name), presets.get(name)!.start(input).argv);
  }
});

Deno.test("customRunner puts the dollars into the command, an empty word where there is no limit", () => {
  const argv = (usdLimit?: number) =>
    runnerNamed("mine", { tick: "x --usd {{usd_limit}}" }).start({ ...input, usdLimit }).argv;
  assertEquals([argv(1.5)[2], argv(0.0000014)[2], argv()[2]], [
    "x --usd 1.5",
    "x --usd 0.000001",
    "x --usd ''",
  ]);
});

Deno.test("customRunner quotes the prompt file for the shell", async () => {
  const promptFile = "/tmp/it's $HOME `x` $&.md";
  const { argv } = runnerNamed("mine", { tick: "printf %s {{prompt_file}}" }).start({
    promptFile,
    systemFile: "",
  });
  const { stdout } = await new Deno.Command(argv[0], { args: argv.slice(1) }).output();
  assertEquals(new TextDecoder().decode(stdout), promptFile);
});
