// Makes the matrices that mix red, green and blue after the curves: a row of four numbers for each, three factors and what is
// added, on encoded values 0-1, as in model/edit/matrix.py. Pure functions.
import { clamp } from '../clamp.js';

const LUMA = [0.2126, 0.7152, 0.0722]; // of ITU-R BT.709, here on encoded values
const MOST = 16; // of a number, as model/edit/matrix.py allows
const ROWS = [0, 1, 2];

export const unmixed = () => ROWS.map((row) => [0, 1, 2, 3].map((column) => (row === column ? 1 : 0)));

export const isUnmixed = (matrix) =>
  matrix.every((row, r) => row.every((value, c) => value === Number(r === c)));

// Returns the number at t between two: exactly a at 0 and b at 1, or beyond; between equal numbers, that number.
export const partWay = (a, b, t) => (t === 1 ? b : a + t * (b - a));

// Returns the matrix at t between two.
export const between = (a, b, t) => a.map((row, r) => row.map((value, c) => partWay(value, b[r][c], t)));

// Returns the matrix that has the effect of one after another.
export const chained = (first, second) =>
  second.map((row) =>
    [0, 1, 2, 3].map((c) => ROWS.reduce((sum, k) => sum + row[k] * first[k][c], c === 3 ? row[3] : 0)),
  );

// Returns a matrix with all numbers in the range that an edit may have.
export const limited = (matrix) => matrix.map((row) => row.map((value) => clamp(value, -MOST, MOST)));

// Returns the matrix that multiplies saturation and turns hues by an angle about the axis of grey, red towards yellow.
// Greys and the brightness (luma) of all colours stay. saturation: 0 = grey, 1 = as it is; degrees: -180 to 180.
export const saturationAndHue = (saturation, degrees) => {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle) / Math.sqrt(3)];
  // Rodrigues' formula for the part of a colour that is not grey.
  const turned = ROWS.map((r) =>
    ROWS.map((c) => (r === c ? (2 * cos) / 3 : -cos / 3 + ((r - c + 3) % 3 === 1 ? sin : -sin))),
  );
  const luma = ROWS.map((c) => ROWS.reduce((sum, r) => sum + LUMA[r] * turned[r][c], 0));
  return ROWS.map((r) => [...ROWS.map((c) => LUMA[c] + saturation * (turned[r][c] - luma[c])), 0]);
};
