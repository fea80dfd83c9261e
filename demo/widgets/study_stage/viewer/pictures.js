// Fetches pictures before they are shown, and keeps those of the pair that is shown and of the next one.
const fetched = new Map(); // address → image

const sized = (address, [width]) => `${address}?width=${width}`;
const fetchPicture = (address) => {
  if (!fetched.has(address)) {
    const image = new Image();
    image.onerror = () => fetched.delete(address);
    image.src = address;
    fetched.set(address, image);
  }
  return fetched.get(address);
};
// Waits until a picture can be painted at once. Tries again where an early request has failed.
const decoded = async (address) => {
  try {
    await fetchPicture(address).decode();
  } catch {
    fetched.delete(address);
    await fetchPicture(address).decode();
  }
};
// Forgets all pictures but those whose address begins with one of these.
const keepOnly = (beginnings) => {
  for (const address of fetched.keys())
    if (!beginnings.some((one) => one && address.startsWith(one))) fetched.delete(address);
};
