import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { answerAsk } from "../../src/inbox/answer.ts";
import { findAsk, listAsks } from "../../src/inbox/asks.ts";
import { readFlag } from "../../src/inbox/flags.ts";
import { eventually } from "../support/eventually.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { tempWorker } from "./temp_worker.ts";

function asking(profile: TempProfile, question: string): Deno.ChildProcess {
  const script = fromFileUrl(import.meta.resolve("./asking_process.ts"));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, profile.paths.dataDir, "fix-ci", question],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function printed(child: Deno.ChildProcess): Promise<string> {
  return new TextDecoder().decode((await child.output()).stdout);
}

const open = async (profile: TempProfile) => (await listAsks(profile)).asks;

Deno.test("a process killed with -9 while it asks finds its ask when it is run again, answered or not", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const first = asking(profile, "Tea?");
  await eventually("it asks", async () => (await open(profile)).length === 1);
  const [{ id }] = await open(profile);
  first.kill("SIGKILL");
  assertEquals(await printed(first), "");

  const second = asking(profile, "Tea?");
  await eventually("the flag is up", async () => await readFlag(profile, "fix-ci") !== null);
  second.kill("SIGKILL");
  await second.output();
  assertEquals((await open(profile)).map((ask) => ask.id), [id]);

  await answerAsk(profile, id, "yes,\nplease");
  const third = asking(profile, "Tea?");
  assertEquals(await printed(third), '{"kind":"answered","text":"yes,\\nplease"}\n');
  assertEquals((await findAsk(profile, id))?.closed_by, "delivered");
  assertEquals(await open(profile), []);
  assertEquals(await readFlag(profile, "fix-ci"), null);
});

Deno.test("two processes with one question share one ask, and both get its answer", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const both = [asking(profile, "Tea?"), asking(profile, "Tea?")];
  const asked = () => profile.read("asked").catch(() => "");
  await eventually("both ask", async () => (await asked()).split("\n").length === 3);
  const [{ id }, ...others] = await open(profile);
  assertEquals(others, []);
  await answerAsk(profile, id, "yes");
  const yes = '{"kind":"answered","text":"yes"}\n';
  assertEquals(await Promise.all(both.map(printed)), [yes, yes]);
});

Deno.test("20 answers from 20 processes: one is taken, and it is the one that the worker gets", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const worker = asking(profile, "Which?");
  await eventually("it asks", async () => (await open(profile)).length === 1);
  const [{ id }] = await open(profile);
  const code = `
    import { answerAsk } from ${JSON.stringify(import.meta.resolve("../../src/inbox/answer.ts"))};
    import { openProfile } from ${
    JSON.stringify(import.meta.resolve("../../src/profile/profile.ts"))
  };
    const [dataDir, id, text] = Deno.args;
    const profile = await openProfile({ dataDir, configPath: dataDir + "/none.json" });
    await answerAsk(profile, id, text).then(() => console.log(text), () => undefined);
  `;
  const script = `${profile.root}/answer.ts`;
  await Deno.writeTextFile(script, code);
  const config = fromFileUrl(import.meta.resolve("../../deno.json"));
  const taken = await Promise.all(Array.from({ length: 20 }, async (_, i) => {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--config", config, script, profile.paths.dataDir, id, `answer ${i}`],
    }).output();
    return new TextDecoder().decode(stdout).trim();
  }));
  const [winner, ...others] = taken.filter((text) => text !== "");
  assertEquals(others, []);
  assertEquals(await printed(worker), `{"kind":"answered","text":"${winner}"}\n`);
});
