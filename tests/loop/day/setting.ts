import type { Move } from "../../../src/schema/move.ts";

/** A goal that no rule serves. */
const aim = (text: string) => `---\ngoal: ${text}\n---\n`;

/** The files of the data directory: two goals with rules, two without, and two sensors besides that of git. */
export const FILES = {
  "PLAYBOOK.md": "# Playbook\n\nPush what is committed. Ask about what is not.\n",
  "goals/site.md": `---
goal: The site is up
rules:
  - name: down
    when: sensors.site == "down"
    do: {action: ask, question: The site is down. Restart it?, options: [restart, wait], more: false}
---
`,
  "goals/suite.md": `---
goal: The tests pass
rules:
  - name: red
    when: sensors.suite == "red"
    do: {action: start_worker, id: fix-suite, prompt: Fix the tests., verify: sh suite.sh, more: false}
---
`,
  "goals/pushed.md": aim("What is committed is pushed"),
  "goals/docs.md": aim("The documentation has no open changes"),
  "sensors/site.sh": `#!/bin/sh\n# looop: interval=60\nprintf '{"signal": "%s"}' "$(cat site)"\n`,
  "sensors/suite.sh":
    `#!/bin/sh\n# looop: interval=60\nsh suite.sh && state=green || state=red\nprintf '{"signal": "%s"}' "$state"\n`,
  "suite.sh": `[ "$(cat code)" = right ]\n`,
  "code": "right",
  "site": "up",
};

/** A decider that prints what its answer costs; the test answers through files. */
export const RUNNER = `cat >prompt.tmp; mv prompt.tmp prompt
while [ ! -e answer ]; do sleep 0.02; done; cat answer; rm answer`;

/** Seconds between ticks, and the price of a decision. */
export const [INTERVAL, PRICE] = [300, 0.04];

/** One move for what changed, and `more` only where a further one is to come. */
export function sensibleMove(prompt: string, repository: (name: string) => string): Move {
  const changes = section(prompt, "WHAT CHANGED");
  const asks = section(prompt, "ASKS");
  const [last, journal] = [section(prompt, "LAST RUN"), section(prompt, "JOURNAL")];
  const ahead = ["web", "api"].filter((name) => {
    const command = `git -C ${repository(name)} push`;
    const isAhead = new RegExp(`/${name}":\\{"stale":\\[\\],"state":\\["ahead"`).test(prompt);
    const isKnown = [asks, last].some((text) => text.includes(command));
    return isAhead && !isKnown && !journal.includes(`rejected run: pushed ${name}`);
  });
  const [first, ...others] = ahead;
  if (first !== undefined) {
    const command = `git -C ${repository(first)} push`;
    const more = others.length > 0;
    return { action: "run", command, journal: `pushed ${first}`, goal: "pushed", more };
  }
  if (/\/docs\.state.*dirty/.test(changes) && !asks.includes("docs has")) {
    const question = "docs has open changes. Commit them?";
    const options = ["commit", "leave it"];
    return { action: "ask", question, options, journal: "asked about docs", goal: "docs" };
  }
  return { action: "noop", reason: "nothing to do", journal: "nothing to do", more: false };
}

function section(prompt: string, title: string): string {
  const [, text = ""] =
    new RegExp(`\n# ${title}[^\n]*\n([^]*?)(?=\n# [A-Z ]{4,}[^\n]*\n|$)`).exec(prompt) ?? [];
  return text;
}
