/** The words of a simple command, or in one line why it is not simple. */
export type Tokenized = { simple: true; argv: string[] } | { simple: false; why: string };

// Characters without a meaning in any shell, anywhere in a word without quotes.
const BARE = /[A-Za-z0-9_@%+=:,./-]/;

// After a letter or digit a tilde or caret is text too, as in HEAD~1 and HEAD^.
const BARE_AFTER = /[A-Za-z0-9][~^]+$/;

// Keywords of bash, if they are the first word.
const KEYWORDS = new Set([
  ...["if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac"],
  ...["select", "in", "function", "time", "coproc"],
]);

// Part of bash: as programs they are missing, or could do nothing.
const BUILTINS = new Set([
  ...[".", ":", "alias", "bg", "bind", "break", "builtin", "caller", "cd", "command", "compgen"],
  ...[
    "complete",
    "continue",
    "declare",
    "dirs",
    "disown",
    "enable",
    "eval",
    "exec",
    "exit",
    "export",
  ],
  ...[
    "fc",
    "fg",
    "getopts",
    "hash",
    "help",
    "history",
    "jobs",
    "let",
    "local",
    "logout",
    "mapfile",
  ],
  ...[
    "popd",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "source",
  ],
  ...["suspend", "times", "trap", "type", "typeset", "ulimit", "umask", "unalias", "unset", "wait"],
]);

/**
 * Tokenizes a command strictly: words, single and double quotes, and nothing else. Anything that a shell would expand,
 * split, redirect or run besides, and anything that the user could misread (all but printable ASCII), makes it not
 * simple. For a simple command, `argv` is exactly what bash would start.
 */
export function tokenizeCommand(command: string): Tokenized {
  const odd = /[^\x20-\x7e]/u.exec(command);
  if (odd !== null) {
    const code = odd[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
    return refused(`U+${code} is not printable ASCII`);
  }
  const argv: string[] = [];
  let word: string | null = null;
  for (let i = 0; i < command.length; i++) {
    const char = command[i];
    if (char === " ") {
      if (word !== null) argv.push(word);
      word = null;
    } else if (char === "'" || char === '"') {
      const end = command.indexOf(char, i + 1);
      if (end === -1) return refused(`a ${char} is not closed`);
      const text = command.slice(i + 1, end);
      // A shell expands these in double quotes; `!` only an interactive one, but the user may paste the command.
      const special = char === '"' ? /[$`\\!]/.exec(text) : null;
      if (special !== null) return refused(`${special[0]} is inside double quotes`);
      word = (word ?? "") + text;
      i = end;
    } else if (BARE.test(char) || BARE_AFTER.test(command.slice(Math.max(0, i - 8), i + 1))) {
      word = (word ?? "") + char;
    } else {
      return refused(`${char} has a meaning in a shell; put it in single quotes if it is text`);
    }
  }
  if (word !== null) argv.push(word);
  if (argv.length === 0 || argv[0] === "") return refused("it names no program");
  if (argv[0].includes("=")) return refused(`${argv[0]} sets a variable`);
  if (KEYWORDS.has(argv[0])) return refused(`${argv[0]} is a keyword of the shell`);
  if (BUILTINS.has(argv[0])) return refused(`${argv[0]} is a part of the shell`);
  return { simple: true, argv };
}

function refused(why: string): Tokenized {
  return { simple: false, why };
}
