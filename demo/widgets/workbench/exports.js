// Downloads the picture in several formats, and the edit for other programs.
export const exports_ = (_bench, _root) => {};
