/**
 * Stands in for `looop permission-request <agent>`: notes the question in `asked.jsonl` of the data directory, and
 * takes the answer from the file `answer` there, once it is there.
 *
 * @module
 */

import { join } from "@std/path";
import {
  type HookAgent,
  readPermissionRequest,
  replyToPermission,
} from "../../../src/workers/agents/permission_hook.ts";

const agent = Deno.args[0] as HookAgent;
const dataDir = Deno.env.get("LOOOP_DATA_DIR")!;
const worker = Deno.env.get("LOOOP_SESSION_ID")!;
const stdin = await new Response(Deno.stdin.readable).text();
const request = readPermissionRequest(agent, stdin, worker);
if (request.kind === "reply") {
  console.log(request.stdout);
} else {
  const line = JSON.stringify({ ...request, stdin }) + "\n";
  await Deno.writeTextFile(join(dataDir, "asked.jsonl"), line, { append: true });
  const answer = join(dataDir, "answer");
  for (;;) {
    try {
      const text = await Deno.readTextFile(answer);
      await Deno.remove(answer);
      console.log(replyToPermission(agent, text));
      break;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      // With its directory gone, the test is over.
      await Deno.stat(dataDir);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
