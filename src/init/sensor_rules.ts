import type { SettingValue } from "../catalogue/settings.ts";

/** A rule as it stands in a goal's front matter. */
export interface RuleText {
  name: string;
  when: string;
  do: Record<string, unknown>;
}

/** A catalogue sensor that is watched without an LLM. */
export interface Watched {
  /** Its name in the catalogue. */
  name: string;
  /** What it is called in this profile. */
  as: string;
  values: ReadonlyMap<string, SettingValue>;
}

/** What of a sensor's signal is worth a person's while: when, and what to tell them. */
type Worth = [name: string, when: string, what: string];

/** What a git repository may be in that somebody has to see to by hand. */
const GIT_TROUBLE = ["conflict", "missing", "no-repository", "unreadable", "upstream-gone"];

/**
 * Writes the rules that turn a catalogue sensor's signal into questions to the person, each once per change: so that
 * a profile without an LLM does something. A failing sensor's signal has none of the usual keys, so each is looked for
 * before it is read.
 */
export function sensorRules(watched: Watched): RuleText[] {
  const { as } = watched;
  const failing: Worth = [
    "failing",
    // That of github has a list of this name.
    `"failing" in ${signalOf(as)} && type(${signalOf(as)}.failing) == bool`,
    `The sensor ${as} fails`,
  ];
  return [...worthOf(watched), failing].map(([name, when, what]) => ({
    name,
    when,
    do: {
      action: "ask",
      question: `${what}. More: looop sensor test ${as}`,
      options: ["seen"],
      journal: `asked: ${what}`,
    },
  }));
}

function worthOf({ name, as, values }: Watched): Worth[] {
  const signal = signalOf(as);
  const list = (key: string) =>
    `${text(key)} in ${signal} && type(${signal}.${key}) == list && size(${signal}.${key}) > 0`;
  switch (name) {
    case "git":
      return textsOf(values, "repositories").flatMap((path, i): Worth[] => {
        const state = `${signal}[${text(path)}].state`;
        const known = `${text(path)} in ${signal}`;
        const trouble = GIT_TROUBLE.map(text).join(", ");
        return [
          [
            `unpushed-${i + 1}`,
            `${known} && "ahead" in ${state}`,
            `${path} has commits that are not pushed`,
          ],
          [
            `trouble-${i + 1}`,
            `${known} && ${state}.exists(word, word in [${trouble}])`,
            `${path} is in a state that needs a hand`,
          ],
        ];
      });
    case "github":
      return [
        ["reviews", list("reviews"), `Somebody waits for your review on GitHub`],
        ["failing-checks", list("failing"), `Checks of your pull requests fail`],
        ["workflows", list("workflows"), `A workflow that you watch has failed`],
        ["assigned", list("assigned"), `Issues on GitHub are assigned to you`],
      ];
    case "grafana":
      return [["firing", list("firing"), `Alerts fire in Grafana`]];
    case "linear":
      return [[
        "open",
        `"open" in ${signal} && size(${signal}.open) > 0`,
        `Issues in Linear are assigned to you`,
      ]];
    case "http":
      return textsOf(values, "urls").flatMap((url, i): Worth[] => {
        const found = `${signal}[${text(url)}]`;
        const down = `(${found}.speed == "down" || ${found}.status >= 500)`;
        return [
          [`down-${i + 1}`, `${text(url)} in ${signal} && ${down}`, `${url} is down`],
          [
            `slow-${i + 1}`,
            `${text(url)} in ${signal} && ${found}.speed == "slow"`,
            `${url} is slow`,
          ],
        ];
      });
    case "command": {
      const command = textsOf(values, "command")[0].slice(0, 200);
      return [["exit", `"exit" in ${signal} && ${signal}.exit != 0`, `${command} fails`]];
    }
    default:
      return [];
  }
}

function textsOf(values: Watched["values"], key: string): string[] {
  const value = values.get(key) ?? [];
  return Array.isArray(value) ? value : [String(value)];
}

/** Ids may have dashes, begin with a digit, or be words of the language. */
function signalOf(as: string): string {
  return `sensors[${text(as)}]`;
}

/** A string of CEL, which reads what JSON writes. */
function text(value: string): string {
  return JSON.stringify(value);
}
