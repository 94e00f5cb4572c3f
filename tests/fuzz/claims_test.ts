import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../../src/schema/errors.ts";
import { listClaims, readClaim } from "../../src/workers/claims.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { FILE_NAMES, putFile, someFile } from "./files.ts";
import { fuzz, ON_DISK_MS } from "./fuzz.ts";
import { jsonTexts } from "./hostile_json.ts";
import { someId } from "./valid_move.ts";

const claim = fc.record({
  session: someId,
  since: fc.constantFrom("2026-11-23T09:30:00.000Z", "2026-11-23", "yesterday", "", "1e999"),
});
const profile = await tempProfile();
const { claims } = profile.paths;
globalThis.addEventListener("unload", () => Deno.removeSync(profile.root, { recursive: true }));

fuzz("claims", {
  input: fc.tuple(fc.constantFrom(...FILE_NAMES), someFile(jsonTexts(claim))),
  deadlineMs: ON_DISK_MS,
  shares: { accepted: 0.03, refused: 0.2 },
  async check([name, file]) {
    using _ = await putFile(claims, `${name}.json`, file);
    const list = await listClaims(profile);
    assert(list.claims.length + list.broken.length <= 1);
    let one = null;
    try {
      one = await readClaim(profile, name);
    } catch (error) {
      assert(error instanceof UserError, `it threw ${error}`);
    }
    if (!name.startsWith(".")) assertEquals(list.claims, one ? [one] : []);
    for (const why of list.broken) assert(why.length > 0 && why.length < 20_000);
    if (!one) return "refused";
    assertEquals(one.name, name);
    assert(/^[a-z0-9][a-z0-9_-]{0,63}$/.test(one.session) && !one.session.includes("\n"));
    assert(!Number.isNaN(new Date(one.since).getTime()));
    const said = JSON.parse(await Deno.readTextFile(`${claims}/${name}.json`));
    assertEquals([said.session, said.since], [one.session, one.since]);
    return "accepted";
  },
});
