/** US dollars: `$12.34`, below a dollar `$0.0123`. */
export function usd(dollars: number): string {
  return `$${dollars.toFixed(dollars !== 0 && Math.abs(dollars) < 1 ? 4 : 2)}`;
}

/** US dollars as a program takes them: `0.25`, to the millionth. */
export function plainUsd(dollars: number): string {
  return dollars.toFixed(6).replace(/\.?0+$/, "");
}
