import decider from "../../seeds/decider.md" with { type: "text" };

const TITLES = [
  ...[
    "PLAYBOOK",
    "GOALS",
    "READINGS, UNCHANGED",
    "UNTRUSTED GOALS",
    "READINGS, CHANGED",
    "WORKERS",
    "CLAIMS",
  ],
  ...[
    "ASKS",
    "QUESTIONS OF WORKERS",
    "WHAT CHANGED",
    "FLAPPING",
    "BROKEN GOALS",
    "LAST RUN",
    "SET ASIDE",
    "LAST FAILURE",
    "JOURNAL, latest last",
  ],
  ...["DECIDE FOR ONE GOAL", "TIME"],
];

const ID = "[a-z0-9][a-z0-9_-]{0,63}";

/** The lines that looop itself writes outside of fences. */
const OWN_LINES = new RegExp(
  `^(|# (${
    TITLES.join("|")
  })|None\\.|Nothing\\.|Nothing changed for 6 hours; the last decision was a noop\\.|Empty\\.` +
    `|untrusted reading ${ID}: unchanged since the last decision; withheld, [0-9,]+ bytes` +
    `|These sensors change on every tick; changes of them alone wake you every 10 minutes at most: ${ID}(, ${ID})*` +
    `|\\d+; withheld|… \\d+ more are left out` +
    `|\\d+ open, for the user; \\d+ answered, for the workers; withheld` +
    `|(question|approval) ${ID}, (ANSWERED: the answer is new|open: do not repeat it)(; withheld)?` +
    `|question ${ID} of worker ${ID}, (answered: the worker receives the answer|open: the user answers it)` +
    `|This command (exited with status \\d+\\.|was interrupted; whether it took effect is unknown\\. Check before you repeat it\\.)` +
    `|These moves were denied or failed for this change\\. Do not repeat them unless what prevented them is over; decide about the rest:` +
    `|The last decision failed \\(\\d+ in a row\\)\\. Avoid the cause:` +
    `|The user requests one move for the goal ${ID} now, whether or not anything changed:` +
    `|\\w+day, \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d \\(UTC[+-]\\d\\d:\\d\\d\\))$`,
);

/**
 * What of a prompt is neither in a fence nor a line of looop's own, and where a fence is not what it seems.
 *
 * @param key of the profile's fence
 */
export function fenceProblems(prompt: string, key: string): string[] {
  const begin = decider.trim();
  if (!prompt.startsWith(begin)) return ["the instructions do not come first"];
  const problems: string[] = [];
  let open = false;
  // Whatever any reader could take for the end of a line.
  for (const line of prompt.slice(begin.length).split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/)) {
    const opens = new RegExp(`^<<<${key} [a-z ]+( ${ID})?$`).test(line);
    const closes = line === `${key}>>>`;
    if (open ? opens : closes) {
      problems.push(`a fence that ${open ? "begins" : "ends"} twice: ${line}`);
    } else if (opens || closes) open = opens;
    else if (line.includes(key)) problems.push(`the key stands in a text: ${line}`);
    else if (!open && !OWN_LINES.test(line)) problems.push(`a line of nobody: ${line}`);
  }
  return open ? [...problems, "the last fence has no end"] : problems;
}
