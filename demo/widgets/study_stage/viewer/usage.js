// Counts how the pictures of one pair are viewed: the record that is sent with the answer.
const usage = { zoom: 0, flip: 0, reference: 0, outline: 0, zoomedSince: 0, zoomedFor: 0 };

const resetUsage = () =>
  Object.assign(usage, { zoom: 0, flip: 0, reference: 0, outline: 0, zoomedSince: 0, zoomedFor: 0 });
const countZoom = (isZoomed) => {
  if (isZoomed === Boolean(usage.zoomedSince)) return;
  if (isZoomed) {
    usage.zoom += 1;
    usage.zoomedSince = performance.now();
  } else {
    usage.zoomedFor += performance.now() - usage.zoomedSince;
    usage.zoomedSince = 0;
  }
};
// Returns the record: numbers of uses, time zoomed in, if the pictures are one above the other and the reference
// beside them, and their size in pixels of the screen.
const usageRecord = (shown, isStacked, isBeside) => ({
  zoom: usage.zoom,
  flip: usage.flip,
  reference: usage.reference,
  outline: usage.outline,
  milliseconds_zoomed: Math.round(
    usage.zoomedFor + (usage.zoomedSince ? performance.now() - usage.zoomedSince : 0),
  ),
  stacked: isStacked,
  beside: isBeside,
  shown,
  ratio: Math.round((devicePixelRatio || 1) * 1000) / 1000,
});
