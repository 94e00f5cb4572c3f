/** What hearing workers needs, to be loaded in one go once there are some in a sandbox. */
export { carryOut } from "./carry_out.ts";
export { forgetReplies, sayHow } from "./say_how.ts";
export { hasMessages, takeMessages } from "./workers/take_messages.ts";
export { readFacts, workerFiles } from "./workers/worker_files.ts";
