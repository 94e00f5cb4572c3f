import text from "../../seeds/manual.md" with { type: "text" };

/** The manual, as `looop help` prints it. */
export const MANUAL: string = text;

/** A part of the manual: the help on a command or a topic. */
export interface Section {
  /** The command (`pulse` for `looop` itself) or topic. */
  name: string;
  /** What stands behind `## `: of a command, how it is typed. */
  heading: string;
  /** Heading included. */
  text: string;
}

/** The sections of the manual, in its order. */
export function manualSections(manual: string = MANUAL): Section[] {
  return manual.split(/^(?=## )/m).slice(1).map((text) => {
    const heading = text.slice(3, text.indexOf("\n"));
    const [first, second = "pulse"] = heading.split(" ");
    return { name: first === "looop" ? second : first, heading, text: `${text.trimEnd()}\n` };
  });
}
