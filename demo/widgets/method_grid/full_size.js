// Loads the result at full size, nothing lost, where the large view is zoomed to more pixels than its preview has.
const QUIET = 300, // milliseconds without a change of the view
  SHORT = 1.05; // times as many pixels on the screen as in the preview ask for the full size
const fullNote = find('.grid-large-full');
const sharp = new Set(); // addresses that are loaded
let previewWidth = 0, // pixels of the preview that is shown
  loading = '', // the address that is on its way
  quiet = 0;

// The address at full size of what the large view shows; '' where there is none.
const fullOf = () => (holding ? value().full : value().cards?.[open]?.full) || '';
const sourceOf = (preview) => (sharp.has(fullOf()) ? fullOf() : preview);
const load = async () => {
  const full = fullOf(),
    wide = sizeAt(large.zoom).width * devicePixelRatio > SHORT * previewWidth;
  if (!dialog.open || !full || !previewWidth || !wide || full === loading || sharp.has(full)) return;
  loading = full;
  fullNote.hidden = false;
  const image = Object.assign(new Image(), { src: full });
  try {
    await image.decode();
    sharp.add(full);
  } catch {
    /* the preview stays */
  }
  if (loading !== full) return;
  loading = '';
  fullNote.hidden = true;
  if (dialog.open) drawLarge();
};
const sharpen = () => {
  clearTimeout(quiet);
  quiet = setTimeout(load, QUIET);
};
find('.grid-large-image').addEventListener('load', ({ target }) => {
  if (!sharp.has(target.getAttribute('src'))) previewWidth = target.naturalWidth;
  sharpen();
});
