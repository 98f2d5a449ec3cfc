"""Noise textures, blur, illumination and camera: what a microscope does to a specimen."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]

# Side of the periodic noise tiles that textures are cut from; making noise anew for each image costs more.
_TILE = 512
READ_NOISE = 2.2  # electrons, standard deviation


@cache
def noise_tile(sigma: float, number: int = 0) -> Plane:
    """Return a periodic tile (512, 512) of Gaussian noise blurred with `sigma` pixels, mean 0, deviation 1.

    The same for every batch: it is the random cut-outs of it that differ.
    """
    rng = np.random.default_rng(np.random.SeedSequence([20_221, number, round(sigma * 1000)]))
    spectrum = np.fft.rfft2(rng.standard_normal((_TILE, _TILE)))
    fy, fx = np.fft.fftfreq(_TILE)[:, None], np.fft.rfftfreq(_TILE)[None, :]
    spectrum *= np.exp(-2 * (np.pi * sigma) ** 2 * (fy * fy + fx * fx))
    tile = np.fft.irfft2(spectrum, s=(_TILE, _TILE))
    tile -= tile.mean()
    result: Plane = (tile / tile.std()).astype(np.float32)
    return result


def cut_noise(shape: tuple[int, int], sigma: float, rng: np.random.Generator, number: int = 0) -> Plane:
    """Cut a window of `shape` (y, x) at a random place of the tile, which repeats itself beyond its side."""
    tile = noise_tile(sigma, number)
    oy, ox = rng.integers(_TILE, size=2)
    rows = (np.arange(shape[0]) + oy) % _TILE
    columns = (np.arange(shape[1]) + ox) % _TILE
    window: Plane = tile[rows[:, None], columns[None, :]]
    return window


@lru_cache(maxsize=16)
def _weights(sigma: float) -> tuple[float, ...]:
    half = max(1, round(3.0 * sigma))
    weights = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    return tuple((weights / weights.sum()).tolist())


def blur(plane: Plane, sigma: float) -> Plane:
    """Convolve with a Gaussian of `sigma` pixels cut at three sigma; the plane is mirrored at its edges."""
    return _blur_rows(_blur_rows(plane, sigma).T, sigma).T


def _blur_rows(plane: Plane, sigma: float) -> Plane:
    weights = _weights(sigma)
    half = len(weights) // 2
    padded = np.pad(plane, ((half, half), (0, 0)), mode="symmetric")
    height = plane.shape[0]
    result = padded[half : half + height] * np.float32(weights[half])
    scratch = np.empty_like(result)
    for i in range(half):
        # The two rows at the same distance have the same weight.
        np.add(padded[i : i + height], padded[2 * half - i : 2 * half - i + height], out=scratch)
        scratch *= np.float32(weights[i])
        result += scratch
    return result


def haze(plane: Plane) -> Plane:
    """Return light of out-of-focus planes: a very wide blur, made on a coarse grid and interpolated back."""
    from PIL import Image

    height, width = plane.shape
    coarse = Image.fromarray(plane).resize((max(1, width // 8), max(1, height // 8)), Image.Resampling.BOX)
    spread = blur(np.asarray(coarse, np.float32), 2.2)
    fine = Image.fromarray(np.ascontiguousarray(spread)).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(fine, np.float32)


def illumination(size: int, rng: np.random.Generator) -> Plane:
    """Return the share of light, about 0.6 to 1, that reaches each pixel: brightest near the centre."""
    centre = 0.5 + rng.uniform(-0.12, 0.12, 2)
    fall, tilt = rng.uniform(0.45, 0.65), rng.uniform(-0.06, 0.06, 2)
    axis = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)
    y, x = axis - np.float32(centre[0]), axis - np.float32(centre[1])
    rows = 1 - fall * y * y + tilt[0] * y
    columns = -fall * x * x + tilt[1] * x
    share: Plane = (rows[:, None] + columns[None, :]).astype(np.float32)
    return share


def expose(light: Plane, dtype: str, rng: np.random.Generator) -> npt.NDArray[np.integer]:
    """Turn expected photo-electrons per pixel into grey values with shot noise, read noise and offset.

    Shot noise is drawn by the inverse of the square-root transform: with n from N(0, 1),
    light + sqrt(light) n + (n² - 1)/4 has the mean and the skewed shape of a Poisson variable from about
    ten electrons on, at a tenth of the cost (F. J. Anscombe, Biometrika 35, 1948).

    uint16 is a 12-bit camera (offset 100, one grey value per electron), uint8 a camera whose software has
    kept 8 bits (offset 4, seven electrons per grey value).
    """
    n = rng.standard_normal(light.shape, dtype=np.float32)
    value = np.sqrt(light + np.float32(READ_NOISE**2))
    value *= n
    value += light
    n *= n
    n -= 1
    n *= np.float32(0.25)
    value += n
    if dtype == "uint16":
        value += np.float32(100.5)
        np.clip(value, 0, 4095, out=value)
        return np.asarray(value, np.uint16)
    value *= np.float32(1 / 7)
    value += np.float32(4.5)
    np.clip(value, 0, 255, out=value)
    return np.asarray(value, np.uint8)
