import jq from "jq-wasm";

/**
 * Stands for gh: replays what is in the directory `$GH_CONFIG_DIR`, where a file is named by the words and values of a
 * command (`search prs --review-requested=@me`), and puts it through the command's `--jq` as gh does. It holds the
 * array that `--json` prints, all fields of each item; else `{"stderr", "status"}`.
 */

const dir = Deno.env.get("GH_CONFIG_DIR");
const words = Deno.args.filter((word) => !word.startsWith("--"));
const options = new Map(
  Deno.args.filter((word) => word.startsWith("--")).map((word) => {
    const [, name, value] = /^--([^=]+)=([^]*)$/.exec(word) ?? [];
    return [name, value];
  }),
);
const fields = options.get("json")?.split(",");
const filter = options.get("jq");
const only = ["review-requested", "checks", "assignee", "repo"].find((name) => options.has(name));
const name = `${words.join("-")}-${only}-${options.get(only ?? "")?.replace("/", "-")}.json`;
await Deno.writeTextFile(`${dir}/calls`, `${JSON.stringify(Deno.args)}\n`, { append: true });
const answer = JSON.parse(await Deno.readTextFile(`${dir}/${name}`));
if (!Array.isArray(answer)) {
  console.error(answer.stderr);
  Deno.exit(answer.status);
}
if (!fields || !filter) throw new Error(`no --json or --jq: ${Deno.args}`);
const chosen = answer.map((item) =>
  Object.fromEntries(fields.map((field) => [field, item[field]]))
);
console.log(await jq.raw(chosen, filter, ["-c", "-r"]));
