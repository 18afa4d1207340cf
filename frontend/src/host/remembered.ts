/** What the browser keeps of how the page was last arranged; nothing where it keeps nothing. */
export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(`weight-delta.${name}`);
  } catch {
    return null; // storage may be forbidden
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`weight-delta.${name}`, value);
  } catch {
    // The page works without it.
  }
}
