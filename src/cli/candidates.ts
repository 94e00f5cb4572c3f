import { PRESET_NAMES } from "../model/config.ts";
import type { Profile } from "../profile/profile.ts";
import { COMMANDS, HIDDEN } from "./commands.ts";
import type { Completes } from "./completes.ts";

/** What a word may become. */
export interface Candidate {
  /** The word; `:file` stands for the names of files. */
  value: string;
  /** What it is, for a person to choose by; may be empty. */
  about: string;
}

/** Lists what there is of a kind, from files alone: whoever presses Tab does not want to wait for tmux. */
export async function candidatesFor(
  kind: Completes | "command",
  open: () => Promise<Profile>,
): Promise<Candidate[]> {
  if (typeof kind !== "string") return kind.map(named);
  switch (kind) {
    case "file":
      return [named(":file")];
    case "command":
      return await commands();
    case "help": {
      const { manualSections } = await import("./manual.ts");
      return manualSections().map(({ name }) => named(name)).filter(isShown);
    }
    case "runner": {
      const { config } = await open();
      return [...new Set([...PRESET_NAMES, ...Object.keys(config.runners)])].map(named);
    }
    case "goal":
      return await goals(await open());
    case "worker":
      return await workers(await open());
    case "question":
    case "approval":
      return await asks(await open(), kind);
    case "sensor": {
      const { listSensors } = await import("../sense/list_sensors.ts");
      return (await listSensors((await open()).paths.sensors)).map(({ file }) => named(file));
    }
    case "catalogue": {
      const { CATALOGUE } = await import("../profile/catalogue.ts");
      return CATALOGUE.map(({ name, about }) => ({ value: name, about }));
    }
    case "revision": {
      const { playbookHistory } = await import("../playbook_revision.ts");
      return (await playbookHistory(await open())).map(({ rev, why }) => ({
        value: rev,
        about: why,
      }));
    }
    case "claim": {
      const { listClaims } = await import("../workers/list_claims.ts");
      const { claims } = await listClaims(await open());
      return claims.map(({ name, session }) => ({ value: name, about: `held by ${session}` }));
    }
  }
}

function named(value: string): Candidate {
  return { value, about: "" };
}

function isShown({ value }: Candidate): boolean {
  return !HIDDEN.includes(value);
}

async function commands(): Promise<Candidate[]> {
  const { manualSections } = await import("./manual.ts");
  const about = new Map(manualSections().map(({ name, text }) => [name, firstSentence(text)]));
  return Object.keys(COMMANDS).filter((name) => name !== "pulse")
    .map((value) => ({ value, about: about.get(value) ?? "" })).filter(isShown);
}

function firstSentence(section: string): string {
  const [, body = ""] = section.split("\n\n");
  return body.replaceAll("\n", " ").split(/[.:;] /)[0].replace(/\.$/, "");
}

async function goals({ paths }: Profile): Promise<Candidate[]> {
  const { listFolder } = await import("../host/list_folder.ts");
  const names = listFolder(paths.goals).map(({ name }) => name);
  return names.filter((name) => /^[^.].*\.md$/.test(name)).map((name) => named(name.slice(0, -3)));
}

async function workers({ paths }: Profile): Promise<Candidate[]> {
  const { listFolder } = await import("../host/list_folder.ts");
  const { isId } = await import("../model/id.ts");
  const folders = listFolder(paths.workers).filter(({ isDirectory }) => isDirectory);
  return folders.map(({ name }) => name).filter((name) => isId(name) && name !== "ended").map(
    named,
  );
}

async function asks(profile: Profile, kind: "question" | "approval"): Promise<Candidate[]> {
  const { openAsks } = await import("./open_asks.ts");
  const { cut } = await import("../model/cut.ts");
  const open = (await openAsks(profile)).asks.filter((ask) => ask.kind === kind);
  return open.map(({ id, question }) => ({ value: id, about: cut(question, 80) }));
}
