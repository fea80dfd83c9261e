// Lists files that are dropped or chosen, with the folders that they lie in.

const read = (entry) => new Promise((done, failed) => entry.file(done, failed));
const some = (reader) => new Promise((done, failed) => reader.readEntries(done, failed));

// A folder gives its entries in pieces.
const walk = async (entry, found) => {
  if (entry.isFile) {
    found.push({ path: entry.fullPath.replace(/^\//, ''), file: await read(entry) });
    return;
  }
  const reader = entry.createReader();
  for (let piece = await some(reader); piece.length; piece = await some(reader))
    for (const inner of piece) await walk(inner, found);
};

// Resolves to [{path, file}]. Entries have to be taken before the first await: the browser empties the list.
export const droppedFiles = async (transfer) => {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return chosenFiles(transfer.files);
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
};

export const chosenFiles = (files) =>
  [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
