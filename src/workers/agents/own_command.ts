/** What a worker may tell looop about itself, and how each goes on. */
const VERBS = [
  `(ask|flag|unflag|kill|cost add) OWN`,
  `(claim|unclaim)`,
  `propose (playbook|goal|sensor)`,
];

/** A word without anything that a shell would expand, run or redirect. */
const WORD = `(?:[\\w@%+=:,./-]+|'[^']*'|"[^"$\`\\\\!]*")`;

/**
 * Whether a shell command is one of those that the worker contract tells this worker to use, and nothing more: no
 * second command, no expansion but looop's own variables.
 */
export function isOwnCommand(command: string, worker: string): boolean {
  const variable = (name: string) => `(?:"\\$${name}"|\\$${name}|"\\$\\{${name}\\}")`;
  const own = `(?:${variable("LOOOP_SESSION_ID")}|${worker})`;
  const verbs = VERBS.join("|").replaceAll("OWN", own);
  return new RegExp(`^${variable("LOOOP_BIN")} (?:${verbs})(?: +${WORD})*\\s*$`).test(command);
}
