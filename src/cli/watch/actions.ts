import { readAnswer } from "../../inbox/answer.ts";
import type { Ask } from "../../schema/ask.ts";
import type { FullStatus } from "../../schema/status.ts";
import type { Item } from "./items.ts";

/** What a key leads to. */
export type Step =
  /** Runs a command of looop; its output is shown. */
  | { do: "run"; argv: string[] }
  /** Gives the terminal to a command of looop. */
  | { do: "attach"; argv: string[] }
  /** Gives the terminal to a shell that runs `looop` with these words. */
  | { do: "shell"; words: string }
  /** Asks once more: `y` takes the step. */
  | { do: "confirm"; question: string; then: Step }
  /** Lets the user type a text. */
  | { do: "input"; label: string; choices?: string[]; then(text: string): Step }
  | { do: "message"; text: string }
  | { do: "filter" | "zoom" | "help" | "quit" | "nothing" };

/** What a key acts on. */
export interface Target {
  item: Item | null;
  status: FullStatus;
  /** The whole preview of the selected approval was on the screen. */
  wasShown: boolean;
}

/** A key of the dashboard. */
export interface Action {
  /** As {@linkcode Key} names or types it. */
  key: string;
  label: string;
  help: string;
  /** Whether it acts on this item; absent: on any, also on none. */
  on?(item: Item): boolean;
  step(target: Target & { item: Item }): Step;
}

const isWorker = ({ worker }: Item) => worker !== undefined;
const isApproval = ({ ask }: Item) => ask?.kind === "approval";
const isQuestion = ({ question }: Item) => question !== undefined;

/** The keys that act, in the order in which help lists them. A new one is one more entry. */
export const ACTIONS: readonly Action[] = [
  {
    ...{
      key: "return",
      label: "Enter attach",
      help: "attach to the worker; Ctrl-\\ Ctrl-\\ returns",
    },
    on: (item) => isWorker(item) || item.ask?.worker !== undefined,
    step: ({ item }) => ({ do: "attach", argv: ["attach", item.ask?.worker ?? item.id] }),
  },
  {
    ...{ key: "a", label: "a approve", help: "approve, once the whole preview was shown" },
    on: isApproval,
    step: ({ item: { id, ask }, wasShown }) =>
      wasShown
        ? {
          do: "confirm",
          question: `approve ${id} (${ask?.approval?.move.action})?`,
          then: { do: "run", argv: ["approve", id] },
        }
        : { do: "message", text: "read the whole preview first: PgDn, or Space to enlarge it" },
  },
  {
    ...{ key: "x", label: "x reject", help: "reject, with a reason" },
    on: isApproval,
    step: ({ item: { id } }) => ({
      do: "input",
      label: `reject ${id}, reason: `,
      then: (reason) => ({ do: "run", argv: withText(["reject", id], reason) }),
    }),
  },
  {
    ...{ key: "r", label: "r reply", help: "reply to the question; up and down pick an option" },
    on: isQuestion,
    step: ({ item }) => ({
      do: "input",
      label: `answer ${item.question!.id}: `,
      choices: item.question!.options,
      then: (text) => replyWith(item.question!, text),
    }),
  },
  {
    ...{ key: "t", label: "t tell", help: "send the worker a message" },
    on: (item) => item.worker?.alive === true,
    step: ({ item: { id } }) => ({
      do: "input",
      label: `tell ${id}: `,
      then: (text) =>
        text.trim() === "" ? { do: "nothing" } : { do: "run", argv: withText(["tell", id], text) },
    }),
  },
  {
    ...{ key: "l", label: "l logs", help: "logs of the worker" },
    on: isWorker,
    step: ({ item }) => ({ do: "run", argv: ["logs", item.id] }),
  },
  {
    ...{ key: "K", label: "K kill", help: "kill the worker, with all its processes" },
    on: (item) => item.worker?.alive === true,
    step: ({ item: { id } }) => ({
      do: "confirm",
      question: `kill worker ${id} with all its processes?`,
      then: { do: "run", argv: ["kill", id] },
    }),
  },
  {
    ...{ key: "p", label: "p pause", help: "pause the loop, or resume it" },
    step: ({ status: { paused, parked } }) => ({
      do: "run",
      argv: [paused || parked ? "resume" : "pause"],
    }),
  },
  {
    ...{ key: ".", label: ". tick", help: "tick now" },
    step: () => ({ do: "run", argv: ["tick", "--wake"] }),
  },
  {
    ...{ key: "space", label: "Space enlarge", help: "enlarge the right side, or shrink it" },
    step: () => ({ do: "zoom" }),
  },
  { ...{ key: "/", label: "/ filter", help: "filter the list" }, step: () => ({ do: "filter" }) },
  {
    ...{ key: ":", label: ": command", help: "any looop command" },
    step: () => ({
      do: "input",
      label: ": looop ",
      then: (words) => words.trim() === "" ? { do: "nothing" } : { do: "shell", words },
    }),
  },
  { ...{ key: "?", label: "? help", help: "this help" }, step: () => ({ do: "help" }) },
  {
    ...{ key: "q", label: "q quit", help: "quit; everything keeps running" },
    step: () => ({ do: "quit" }),
  },
];

/** Answers a question; with something else than its options, asks once more. */
function replyWith(ask: Ask, text: string): Step {
  const { id } = ask;
  if (text.trim() === "") return { do: "nothing" };
  if (isReply(ask, text)) return { do: "run", argv: withText(["answer", id], text) };
  return {
    do: "confirm",
    question: `not one of the options; answer ${id} with it anyway?`,
    then: { do: "run", argv: ["answer", "--other", "--", id, text] },
  };
}

function isReply(ask: Ask, text: string): boolean {
  try {
    readAnswer(ask, text);
    return true;
  } catch {
    return false;
  }
}

/** Adds a text that the user typed, which may begin with `-`. */
function withText([verb, id]: string[], text: string): string[] {
  if (text === "") return [verb, id];
  return text.startsWith("-") ? [verb, "--", id, text] : [verb, id, text];
}
