// Takes over the pictures that the page shows before the workbench starts, and removes them when the stage has drawn.
export const firstLook = (bench, root) => {
  const look = document.querySelector('.first-look');
  if (!look) return;
  root.querySelector('.wb-view').append(look);
  const stage = root.querySelector('.wb-stage');
  const off = bench.on('drawn', () => {
    if (stage.dataset.drawn !== 'yes') return;
    off();
    look.remove();
  });
  // No example came.
  bench.on('begun', () => {
    if (!bench.document) look.remove();
  });
};
