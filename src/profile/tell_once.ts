/** How many different texts are remembered. */
const REMEMBERED = 200;

/**
 * Makes a teller that passes a text on only once, as long as it is seen again before 200 others are. Texts name
 * ids, times and prices: a pulse of months would keep them all.
 */
export function tellOnce(tell: (text: string) => void): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    // Put last again, since a set keeps the order in which its entries came.
    const again = told.delete(text);
    if (!again && !passOn(tell, text)) return;
    told.add(text);
    const [oldest] = told;
    if (told.size > REMEMBERED) told.delete(oldest);
  };
}

function passOn(tell: (text: string) => void, text: string): boolean {
  try {
    tell(text);
    return true;
  } catch {
    return false; // a log on a full disk: it is told when it is seen again
  }
}
