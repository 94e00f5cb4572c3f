import type { ComposedSensor } from "../catalogue/render.ts";

/** A rule in a goal's front matter. */
export interface RuleText {
  name: string;
  when: string;
  do: Record<string, unknown>;
}

/** A catalogue sensor that is watched without an LLM. */
export type Watched = Pick<ComposedSensor, "name" | "as" | "values">;

/** A condition on a sensor's signal, and what to report then. */
type Alert = [name: string, when: string, what: string];

/** States of a git repository that the user has to fix. */
const GIT_ERRORS = ["conflict", "missing", "no-repository", "unreadable", "upstream-gone"];

/**
 * Returns rules that turn a catalogue sensor's signal into questions to the user, each once per change, for a profile
 * without an LLM. A failing sensor's signal has none of the usual keys, so each rule tests for its key first.
 */
export function sensorRules(watched: Watched): RuleText[] {
  const { as } = watched;
  const failing: Alert = [
    "failing",
    // The signal of github has a list of this name.
    `"failing" in ${signalOf(as)} && type(${signalOf(as)}.failing) == bool`,
    `The sensor ${as} fails`,
  ];
  return [...alertsOf(watched), failing].map(([name, when, what]) => ({
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

/** The lists in a sensor's signal to ask about when they are not empty, each with the question. */
const LISTS: Readonly<Record<string, Alert[]>> = {
  github: [
    ["reviews", "reviews", "Your review is requested on GitHub"],
    ["failing-checks", "failing", "Checks of your pull requests fail"],
    ["workflows", "workflows", "A workflow that you watch has failed"],
    ["assigned", "assigned", "Issues on GitHub are assigned to you"],
  ],
  grafana: [["firing", "firing", "Alerts fire in Grafana"]],
};

function alertsOf({ name, as, values }: Watched): Alert[] {
  const signal = signalOf(as);
  switch (name) {
    case "git":
      return textsOf(values, "repositories").flatMap((path, i): Alert[] => {
        const state = `${signal}[${text(path)}].state`;
        const known = `${text(path)} in ${signal}`;
        const errors = GIT_ERRORS.map(text).join(", ");
        const isBroken = `${known} && ${state}.exists(word, word in [${errors}])`;
        const isAhead = `${known} && "ahead" in ${state}`;
        return [
          [`unpushed-${i + 1}`, isAhead, `${path} has commits that are not pushed`],
          [`trouble-${i + 1}`, isBroken, `${path} needs a manual fix`],
        ];
      });
    case "linear": {
      const isOpen = `"open" in ${signal} && size(${signal}.open) > 0`;
      return [["open", isOpen, "Issues in Linear are assigned to you"]];
    }
    case "http":
      return textsOf(values, "urls").flatMap((url, i): Alert[] => {
        const found = `${signal}[${text(url)}]`;
        const known = `${text(url)} in ${signal}`;
        const isDown = `${known} && (${found}.speed == "down" || ${found}.status >= 500)`;
        const isSlow = `${known} && ${found}.speed == "slow"`;
        return [
          [`down-${i + 1}`, isDown, `${url} is down`],
          [`slow-${i + 1}`, isSlow, `${url} is slow`],
        ];
      });
    case "command": {
      const command = textsOf(values, "command")[0].slice(0, 200);
      return [["exit", `"exit" in ${signal} && ${signal}.exit != 0`, `${command} fails`]];
    }
    default:
      return (LISTS[name] ?? []).map(([rule, key, what]) => {
        const list = `${signal}.${key}`;
        return [
          rule,
          `${text(key)} in ${signal} && type(${list}) == list && size(${list}) > 0`,
          what,
        ];
      });
  }
}

function textsOf(values: Watched["values"], key: string): string[] {
  const value = values.get(key) ?? [];
  return Array.isArray(value) ? value : [String(value)];
}

/** Names may have dashes, begin with a digit, or be reserved words of CEL. */
function signalOf(as: string): string {
  return `sensors[${text(as)}]`;
}

/** A CEL string literal; JSON's syntax is valid CEL. */
function text(value: string): string {
  return JSON.stringify(value);
}
