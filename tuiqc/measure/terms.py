"""The names of all evidence: what each is, and how it is said in words when it weighs in a suspicion.

Lengths are in pixels of the plane on which a typical object has a radius of about `WORKING_RADIUS`; r is the radius of
the disk with the object's area, u is an intensity on the object's own scale (0 background around it, 1 its core).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """One kind of evidence.

    Attributes
    ----------
    formula
        What it is.
    high, low
        What is said of an object that has much, or little, of it. `{partner}` is the label of the neighbour.
    """

    formula: str
    high: str
    low: str


SHAPE_TERMS: dict[str, Term] = {
    "size": Term("ln(area / typical area)", "large", "small"),
    "aspect": Term("short over long axis (second moments + 1/12)", "rounder than most", "long"),
    "spread": Term("area / (4 pi sqrt(l1 l2)), l the eigenvalues of the moments", "compact", "spread out"),
    "outside_ellipse": Term(
        "share of pixels with a Mahalanobis distance squared over 4.6", "pointed ends", "blunt ends"
    ),
    "form_factor": Term(
        "4 pi area / perimeter^2 (Crofton, 4 directions), at most 1.3", "smooth outline", "ragged outline"
    ),
    "solidity": Term("area / area of the convex hull (24 directions)", "convex", "concave"),
    "convexity": Term("perimeter of the hull / perimeter", "smooth outline", "indented outline"),
    "cavity": Term("deepest place under the hull / r", "a deep dent", "no dent"),
    "waist": Term("lesser depth of the two deepest opposite dents / r", "a waist", "no waist"),
    "border": Term("1 if it touches the edge of the image", "at the image border", "away from the border"),
    "inscribed": Term("area of the largest disk inside / area", "nearly a disk", "thin"),
    "necks": Term("most that a second core stands out of the neck before it", "two centres", "one centre"),
    "second_core": Term("depth of the second core / depth of the first", "two centres", "one centre"),
    "fragments": Term("1 - largest connected piece / area", "in pieces", "in one piece"),
    "big_cavity": Term("max(size, -1) x cavity", "large with a dent", "no dent for its size"),
    "big_waist": Term("max(size, -1) x waist", "large with a waist", "no waist for its size"),
}

NEIGHBOUR_TERMS: dict[str, Term] = {
    "free": Term(
        "unlabelled pixels of the ring / (perimeter x rim), at most 1.5", "stands alone", "closed in"
    ),
    "contact": Term(
        "share of the outline that touches another object", "much of its outline at others", "touches nothing"
    ),
    "pair_score": Term(
        "pair_solidity + 0.3 min(pair_straightness, 1.2) + 0.3 pair_roundness - 0.25 |pair_size| - 0.4 valley, of the"
        " neighbour where it is highest",
        "one object together with {partner}",
        "no neighbour that it fits to",
    ),
    "pair_solidity": Term(
        "solidity of both together", "convex together with {partner}", "concave together with {partner}"
    ),
    "pair_gain": Term(
        "pair_solidity - area-weighted solidity of each",
        "rounder together with {partner}",
        "better apart from {partner}",
    ),
    "pair_contact": Term(
        "length of the contact / diameter of the smaller", "long border with {partner}", "short contact"
    ),
    "pair_straightness": Term(
        "length of the contact / diameter of both together", "straight border with {partner}", "short contact"
    ),
    "pair_roundness": Term(
        "aspect of both together - smaller aspect of each",
        "together round with {partner}",
        "long with {partner}",
    ),
    "pair_size": Term(
        "ln(area of both / typical area)", "large together with {partner}", "small even with {partner}"
    ),
    "unsplit": Term(
        "pair_straightness x (1 - valley)", "no seam towards {partner}", "a seam towards {partner}"
    ),
    "contact_gain": Term("contact x (pair_gain + 0.15)", "one object with {partner}", "better apart"),
}

LAYER_TERMS: dict[str, Term] = {
    "other_count": Term("objects of the other layer inside", "several {other} inside", "no {other} inside"),
    "other_cut": Term("largest share of one of them that is cut off", "cuts through {other}", "cuts nothing"),
    "other_cover": Term(
        "share of the area that the other layer covers", "mostly {other}", "little {other} inside"
    ),
    "other_offset": Term("distance of the centres / r", "{other} off the middle", "{other} in the middle"),
    "other_rim": Term(
        "mean distance of the free outline to the other layer / typical r",
        "far from {other}",
        "close to {other}",
    ),
    "other_rim_spread": Term(
        "its standard deviation", "uneven distance to {other}", "even distance to {other}"
    ),
    "other_iou": Term(
        "largest IoU with an object of the other layer", "agrees with {other}", "differs from {other}"
    ),
}

CHANNEL_TERMS: dict[str, Term] = {
    "contrast": Term("(core - background around it) / typical", "high contrast", "hardly stands out"),
    "brightness": Term("ln(|core - image background| / typical)", "bright", "dim"),
    "variation": Term("standard deviation inside / typical contrast", "uneven inside", "flat inside"),
    "rim": Term(
        "u of the rim inside, mean over sectors", "bright up to the outline", "the rim inside is background"
    ),
    "ring": Term(
        "u of the ring outside, mean over sectors", "bright outside of the outline", "dark all around"
    ),
    "edge": Term(
        "u of the rim - u of the ring, mean over sectors", "a clear edge", "no edge along the outline"
    ),
    "darkest_rim": Term(
        "u of the second darkest sector of the rim",
        "bright along the whole rim",
        "a stretch outside the edge",
    ),
    "brightest_ring": Term(
        "u of the second brightest sector of the ring", "a stretch inside the edge", "dark all around"
    ),
    "weakest_edge": Term(
        "edge of the second weakest sector", "an edge all around", "a stretch without an edge"
    ),
    "dark_inside": Term("share of the area below half of its height", "takes background along", "filled"),
    "bright_outside": Term(
        "pixels of the ring above half of its height / area", "leaves a part out", "nothing left out"
    ),
    "half_level_iou": Term(
        "IoU with the region above half of its height", "agrees with the image", "disagrees with the image"
    ),
    "two_peaks": Term(
        "most that a second peak of intensity stands out", "a valley between two peaks", "one peak"
    ),
    "valley": Term(
        "fall of intensity at the contact / weaker core",
        "a seam towards {partner}",
        "no seam towards {partner}",
    ),
    "difference": Term(
        "difference of the cores / typical contrast", "unlike {partner}", "as bright as {partner}"
    ),
}


def term_of(name: str) -> Term:
    """The term of a name of evidence; those of images carry the channel's name in front.

    Raises
    ------
    KeyError
        There is no such evidence.
    """
    for terms in (SHAPE_TERMS, NEIGHBOUR_TERMS, LAYER_TERMS):
        if name in terms:
            return terms[name]
    return CHANNEL_TERMS[name.rsplit(" ", 1)[-1]]
