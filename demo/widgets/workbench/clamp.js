// Returns a number, limited to a range.
export const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
