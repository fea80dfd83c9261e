// Shows the keys and what the page does.
export const help = (_bench, _root) => {};
