import { assert } from "@std/assert";
import { presets } from "../../../src/decide/runners/runner.ts";
import { bytesByDefault, bytesSent, MOST_BYTES } from "./bytes_sent.ts";
import { installRunners } from "./install_runners.ts";

Deno.test({
  name: "runners send little more than the prompt to the model",
  async fn(t) {
    await installRunners();
    for (const [name, runner] of presets) {
      await t.step(name, async () => {
        const byDefault = await bytesByDefault(runner);
        const lean = await bytesSent(runner);
        const share = lean / byDefault;
        console.log(
          `${name}: ${byDefault} bytes beyond the prompt by default, ${lean} from looop ` +
            `(${(share * 100).toFixed(1)} %)`,
        );
        const limit = MOST_BYTES[name];
        assert("share" in limit ? share <= limit.share : lean <= limit.bytes);
      });
    }
  },
});
