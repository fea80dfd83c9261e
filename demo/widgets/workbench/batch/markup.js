// Holds the markup of the dialog for many pictures, and words for it.
const HEAD = `<div class="wb-dialog-head"><h2 id="wb-batch-title">Many pictures</h2><button type="button" class="wb-close" aria-label="Close">×</button></div>
  <p class="wb-batch-how">Add pictures and their masks: cat.jpg with cat_mask.png, or the folders composite and mask, or a zip of them. A picture with transparency needs no mask.</p>
  <div class="wb-batch-add"><button type="button" class="wb-button" data-do="files">Choose files…</button><button type="button" class="wb-button" data-do="folder">Choose a folder…</button>
  <input type="file" multiple hidden data-of="files" aria-label="Files"><input type="file" webkitdirectory hidden data-of="folder" aria-label="Folder"></div>`;
const BODY = `<p class="wb-batch-count" role="status"></p><details class="wb-batch-left" hidden><summary></summary><ul></ul></details>
  <div class="wb-batch-options"><label><span>Colours and light</span><select class="wb-batch-edit"><option value="model">The model’s answer for each picture</option>
  <option value="open">The edit of the open picture, for all</option><option value="file">An edit from a file, for all…</option></select></label>
  <label><span>Format</span><select class="wb-batch-kind"><option value="png">PNG</option><option value="jpg">JPEG</option><option value="tif">TIFF</option><option value="webp">WebP</option>
  <option value="psd">Photoshop</option></select></label><input type="file" hidden data-of="look" accept=".json,.cube,.acv,.xmp" aria-label="Edit"></div>
  <p class="wb-batch-about" hidden></p><progress class="wb-batch-bar" max="1" value="0" aria-label="Pictures" hidden></progress>
  <p class="wb-batch-progress" role="status"></p><p class="notice wb-batch-message" role="alert" hidden></p><ul class="wb-batch-errors" aria-label="Files that could not be used"></ul>
  <div class="wb-batch-foot"><button type="button" class="wb-button main" data-do="start">Start</button><button type="button" class="wb-button" data-do="stop">Cancel</button>
  <a class="wb-button main" data-do="download" hidden>Download all</a></div>`;

// Returns a line of the list of files that could not be used. Most messages name their file.
export const itemOf = ({ name, message }) => {
  const item = document.createElement('li');
  if (message.includes(name.split('/').at(-1))) {
    item.textContent = message;
    return item;
  }
  const bold = Object.assign(document.createElement('b'), { textContent: name });
  bold.setAttribute('translate', 'no');
  item.append(bold, ' ', Object.assign(document.createElement('span'), { textContent: message }));
  return item;
};

export const counted = (count) => (count === 1 ? '1 picture' : `${count} pictures`);

export const MARKUP = HEAD + BODY;
