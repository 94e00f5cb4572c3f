import type { Command } from "./command.ts";

/** Every command by name, loaded only when it is used: each needs other, partly heavy, modules. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  pulse: async () => (await import("./pulse_command.ts")).pulseCommand,
  init: async () => (await import("./init_command.ts")).initCommand,
  tick: async () => (await import("./tick_command.ts")).tickCommand,
  run: async () => (await import("./run_command.ts")).runCommand,
  status: async () => (await import("./status_command.ts")).statusCommand,
  doctor: async () => (await import("./doctor_command.ts")).doctorCommand,
  cost: async () => (await import("./cost_command.ts")).costCommand,
  asks: async () => (await import("./asks_command.ts")).asksCommand,
  answer: async () => (await import("./answer_command.ts")).answerCommand,
  approve: async () => (await import("./approve_command.ts")).approveCommand,
  reject: async () => (await import("./reject_command.ts")).rejectCommand,
  policy: async () => (await import("./policy_command.ts")).policyCommand,
  "start-session": async () => (await import("./start_session_command.ts")).startSessionCommand,
  ls: async () => (await import("./ls_command.ts")).lsCommand,
  attach: async () => (await import("./attach_command.ts")).attachCommand,
  kill: async () => (await import("./kill_command.ts")).killCommand,
  logs: async () => (await import("./logs_command.ts")).logsCommand,
  flag: async () => (await import("./flag_command.ts")).flagCommand,
  unflag: async () => (await import("./unflag_command.ts")).unflagCommand,
  ask: async () => (await import("./ask_command.ts")).askCommand,
  wait: async () => (await import("./wait_command.ts")).waitCommand,
  claim: async () => (await import("./claim_command.ts")).claimCommand,
  unclaim: async () => (await import("./unclaim_command.ts")).unclaimCommand,
  goal: async () => (await import("./goal_command.ts")).goalCommand,
  playbook: async () => (await import("./playbook_command.ts")).playbookCommand,
  sensor: async () => (await import("./sensor_command.ts")).sensorCommand,
  undo: async () => (await import("./undo_command.ts")).undoCommand,
  propose: async () => (await import("./propose_command.ts")).proposeCommand,
  prune: async () => (await import("./prune_command.ts")).pruneCommand,
  up: async () => (await import("./up_command.ts")).upCommand,
  down: async () => (await import("./down_command.ts")).downCommand,
  pause: async () => (await import("./pause_command.ts")).pauseCommand,
  resume: async () => (await import("./resume_command.ts")).resumeCommand,
  "permission-request": async () =>
    (await import("./permission_request_command.ts")).permissionRequestCommand,
  completions: async () => (await import("./completions_command.ts")).completionsCommand,
  complete: async () => (await import("./complete_command.ts")).completeCommand,
  version: async () => (await import("./version_command.ts")).versionCommand,
  help: async () => (await import("./help_command.ts")).helpCommand,
};

/** Those that programs alone call: no list shows them. */
export const HIDDEN: readonly string[] = ["permission-request", "complete"];
