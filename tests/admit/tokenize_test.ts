import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { tokenizeCommand } from "../../src/admit/shell_command.ts";

Deno.test("tokenizeCommand reads words and quotes as bash does", () => {
  const words: [string, string[]][] = [
    ["ls", ["ls"]],
    ["  ls   -la  reports ", ["ls", "-la", "reports"]],
    [`grep 'a b' "c d" x`, ["grep", "a b", "c d", "x"]],
    [`git log --grep='fix $HOME | x' -n5`, ["git", "log", "--grep=fix $HOME | x", "-n5"]],
    [`a'b'"c"d`, ["abcd"]],
    [`echo '' ""`, ["echo", "", ""]],
    [`echo "it's" 'say "hi"'`, ["echo", "it's", 'say "hi"']],
    ["date +%s", ["date", "+%s"]],
    ["make A=b", ["make", "A=b"]],
    ["a~", ["a~"]],
    ["a^ bcdefghijklmnop", ["a^", "bcdefghijklmnop"]],
    ["git log HEAD~2^ a^~b", ["git", "log", "HEAD~2^", "a^~b"]],
    // More than eight in a row are refused, so that a long row takes no time.
    ["git show HEAD^^^^^^^^", ["git", "show", "HEAD^^^^^^^^"]],
  ];
  for (const [command, argv] of words) {
    assertEquals(tokenizeCommand(command), { simple: true, argv }, command);
  }
});

Deno.test("tokenizeCommand says why a command is not simple", () => {
  const why = (command: string) => {
    const tokens = tokenizeCommand(command);
    return tokens.simple ? tokens.argv.join("|") : tokens.why;
  };
  assertEquals(
    why("ls | wc"),
    "| has a meaning in a shell; put it in single quotes if it is text",
  );
  const caret = "^ has a meaning in a shell; put it in single quotes if it is text";
  assertEquals(why("git show HEAD^^^^^^^^^"), caret);
  assertEquals(why("git show a ^"), caret);
  assertEquals(why("git show ~^"), caret.replace("^", "~"));
  assertEquals(why("ls\nrm x"), "U+000A is not printable ASCII");
  assertEquals(why("ls\u00a0x"), "U+00A0 is not printable ASCII");
  assertEquals(why("ls \u{1f600}"), "U+1F600 is not printable ASCII");
  assertEquals(why("ls \x7f"), "U+007F is not printable ASCII");
  for (const special of "$`\\!") {
    assertEquals(why(`echo "a${special}b"`), `${special} is inside double quotes`);
    assertEquals(why(`echo 'a${special}b'`), `echo|a${special}b`);
  }
  assertEquals(why(`echo "a 'b`), 'a " is not closed');
  assertEquals(why('echo "$HOME"'), "$ is inside double quotes");
  assertEquals(why("echo 'x"), "a ' is not closed");
  assertEquals(why("A=b ls"), "A=b sets a variable");
  assertEquals(why("time ls"), "time is a keyword of the shell");
  assertEquals(why("   "), "it names no program");
  assertEquals(why("'' ls"), "it names no program");
});

const KEYWORDS =
  "if then elif else fi for while until do done case esac select in function time coproc";
for (const keyword of KEYWORDS.split(" ")) {
  Deno.test(`tokenizeCommand refuses the keyword ${keyword} as the first word alone`, () => {
    const why = `${keyword} is a keyword of the shell`;
    assertEquals(tokenizeCommand(`${keyword} ls`), { simple: false, why });
    assertEquals(tokenizeCommand(`ls ${keyword}`), { simple: true, argv: ["ls", keyword] });
  });
}

const pieces = fc.constantFrom(
  ..."abzAZ09_@%+=:,./- '\"'\" \t\n$`\\!*?[]{}()<>|&;~#^éａ\u200b".split(""),
  "ls",
  "git",
  "''",
  '""',
  "$(id)",
  "A=b",
  " -- ",
  "a~",
  "a^~b",
  " ~",
  "=~",
  ":~",
);
const commands = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(pieces, { maxLength: 24 }).map((parts) => parts.join("")),
);

Deno.test("tokenizeCommand calls simple only what bash reads as the very same words", async () => {
  const simple: { command: string; argv: string[] }[] = [];
  fc.assert(
    fc.property(commands, (command) => {
      const tokens = tokenizeCommand(command);
      if (tokens.simple && simple.length < 1000) simple.push({ command, argv: tokens.argv });
    }),
    { numRuns: 10_000 },
  );
  assert(simple.length > 300, `only ${simple.length} simple samples`);
  // The words follow `set --`: nothing that bash could start, whatever they are.
  const script = simple.map(({ command }) => `set -- ${command}\nprintf '%s\\0' "$#" "$@"`).join(
    "\n",
  );
  const bash = new Deno.Command("bash", {
    args: ["--norc", "-c", script],
    env: { HOME: "/nowhere" },
    stdin: "null",
  });
  const { stdout, stderr } = await bash.output();
  assertEquals(new TextDecoder().decode(stderr), "");
  const expected = simple.flatMap(({ argv }) => [String(argv.length), ...argv]);
  assertEquals(new TextDecoder().decode(stdout).split("\0").slice(0, -1), expected);
});
