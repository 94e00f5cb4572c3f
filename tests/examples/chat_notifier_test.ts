import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { writeAsk } from "../../src/inbox/asks.ts";
import { eventually } from "../support/eventually.ts";
import { checkout, denoDir } from "../support/looop.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** A chat on the loopback, at one address across its outages; keeps the texts that it took. */
class Chat implements AsyncDisposable {
  readonly texts: string[] = [];
  /** The status of each answer to come; then 200. */
  statuses: number[] = [];
  refused = 0;
  #server: Deno.HttpServer<Deno.NetAddr> | null = null;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hooks/secret`;
  }

  up(): void {
    const options = { hostname: "127.0.0.1", port: this.#port, onListen: () => {} };
    this.#server = Deno.serve(options, async (request) => {
      const { text } = await request.json();
      const status = this.statuses.shift() ?? 200;
      if (status === 200) this.texts.push(text);
      else this.refused++;
      return new Response("", { status });
    });
    this.#port = this.#server.addr.port;
  }

  async down(): Promise<void> {
    await this.#server?.shutdown();
    this.#server = null;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.down();
  }
}

function notifier(profile: TempProfile, url: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--allow-run", "--allow-net", "--allow-env", "--allow-read"],
      ...["--allow-write", "notify.ts", url, join(profile.root, "posted.json")],
    ],
    cwd: join(checkout, "examples", "chat-notifier"),
    clearEnv: true,
    env: {
      PATH: `${join(checkout, "bin")}:${Deno.env.get("PATH")}`,
      HOME: join(profile.root, "home"),
      LOOOP_DENO: Deno.execPath(),
      DENO_DIR: denoDir(),
      LOOOP_DATA_DIR: profile.paths.dataDir,
      LOOOP_CONFIG: profile.configPath,
    },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  return {
    async stop(signal: Deno.Signal): Promise<string> {
      child.kill(signal);
      return new TextDecoder().decode((await output).stderr);
    },
  };
}

const ask = async (profile: TempProfile, question: string) =>
  await writeAsk(profile, {
    id: question.slice(0, 3).toLowerCase(),
    kind: "question",
    question,
    options: ["yes", "no"],
    asked_at: new Date().toISOString(),
    run_id: "r1",
  });

const told = (chat: Chat) => chat.texts.map((text) => /: (.*)$/m.exec(text)?.[1]);

Deno.test("examples/chat-notifier posts each ask once, through outages, refusals and kills", async () => {
  await using profile = await tempProfile();
  await using chat = new Chat();
  chat.up();
  await ask(profile, "One?");
  let running = notifier(profile, chat.url);
  await eventually("the first is posted", () => chat.texts.length === 1);
  chat.statuses = [503, 429];
  await ask(profile, "Two for <!channel> & all?");
  await eventually("the second is posted", () => chat.texts.length === 2);
  assertEquals(chat.refused, 2);
  await chat.down();
  await ask(profile, "Three?");
  await eventually(
    "it has taken note of the third",
    async () => (await Deno.readTextFile(join(profile.root, "posted.json"))).includes("Three?"),
  );
  const said = await running.stop("SIGKILL");
  assertEquals(said.includes("/hooks/secret"), false, said);
  await ask(profile, "Four?");
  chat.up();
  running = notifier(profile, chat.url);
  await eventually("the last is posted", () => chat.texts.length >= 4);
  // Stopped before it has recorded the response, it would post the ask again.
  await eventually("that is recorded", async () => {
    return JSON.parse(await Deno.readTextFile(join(profile.root, "posted.json"))).pending.length ===
      0;
  });
  assertEquals(await running.stop("SIGTERM"), "");
  assertEquals(told(chat), ["One?", "Two for &lt;!channel&gt; &amp; all?", "Three?", "Four?"]);
  running = notifier(profile, chat.url);
  await ask(profile, "Five?");
  await eventually("the fifth is posted", () => chat.texts.length >= 5);
  await running.stop("SIGINT");
  assertEquals(told(chat).slice(4), ["Five?"]);
});
