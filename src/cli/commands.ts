import type { Command } from "./command.ts";

/** Every command by name, loaded only when it is used: each needs other, partly heavy, modules. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  pulse: async () => (await import("./pulse_command.ts")).pulseCommand,
  tick: async () => (await import("./tick_command.ts")).tickCommand,
  run: async () => (await import("./run_command.ts")).runCommand,
  status: async () => (await import("./status_command.ts")).statusCommand,
  cost: async () => (await import("./cost_command.ts")).costCommand,
  asks: async () => (await import("./asks_command.ts")).asksCommand,
  answer: async () => (await import("./answer_command.ts")).answerCommand,
  approve: async () => (await import("./approve_command.ts")).approveCommand,
  reject: async () => (await import("./reject_command.ts")).rejectCommand,
  pause: async () => (await import("./pause_command.ts")).pauseCommand,
  resume: async () => (await import("./resume_command.ts")).resumeCommand,
  version: async () => (await import("./version_command.ts")).versionCommand,
  help: async () => (await import("./help_command.ts")).helpCommand,
};
