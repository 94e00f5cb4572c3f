import type { Environment } from "@marcbachmann/cel-js";
import type { Variables } from "./variables.ts";

const LIMITS = {
  maxAstNodes: 400,
  maxDepth: 32,
  maxListElements: 100,
  maxMapEntries: 50,
  maxCallArguments: 8,
};

/** Makes what parses and evaluates expressions over these variables. */
export async function celEnvironment(variables: Variables): Promise<Environment> {
  // Loaded here, not at the top: CEL takes 55 ms, and most commands evaluate nothing.
  const { Environment } = await import("@marcbachmann/cel-js");
  const environment = new Environment({ homogeneousAggregateLiterals: false, limits: LIMITS });
  for (const [name, type] of Object.entries(variables)) {
    if (typeof type === "string") environment.registerVariable(name, type);
    else environment.registerVariable({ name, schema: type });
  }
  return environment;
}
