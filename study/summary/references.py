"""Hold the sources of the methods of analysis, for reports and for bibliographies of papers."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """Hold a source. where: journal or series; volume, pages, doi: "" where there is none."""

    authors: tuple[str, ...]
    title: str
    where: str
    year: int
    volume: str = ""
    pages: str = ""
    doi: str = ""

    @property
    def in_words(self) -> str:
        """Return the reference in one line."""
        place = " ".join(filter(None, (self.where, self.volume)))
        pages = f", {self.pages.replace('--', '–')}" if self.pages else ""
        doi = f", doi:{self.doi}" if self.doi else ""
        return f"{'; '.join(self.authors)}: {self.title}. {place} ({self.year}){pages}{doi}"


BIOMETRIKA, JASA = "Biometrika", "Journal of the American Statistical Association"
JBES, PSYCHOLOGY = "Journal of Business and Economic Statistics", "British Journal of Psychology"
STATISTICS = "Journal of the Royal Statistical Society C (Applied Statistics)"
PAIRED = "The Method of Paired Comparisons"
REFERENCES: Mapping[str, Reference] = {
    "agresti1992": Reference(
        ("Agresti, Alan",), "Analysis of Ordinal Paired Comparison Data", STATISTICS, 1992, "41", "287--297"
    ),
    "bell2002": Reference(
        ("Bell, Robert M.", "McCaffrey, Daniel F."),
        "Bias Reduction in Standard Errors for Linear Regression with Multi-Stage Samples",
        "Survey Methodology",
        2002,
        "28",
        "169--181",
    ),
    "bradley1952": Reference(
        ("Bradley, Ralph Allan", "Terry, Milton E."),
        f"Rank Analysis of Incomplete Block Designs: I. {PAIRED}",
        BIOMETRIKA,
        1952,
        "39",
        "324--345",
        "10.1093/biomet/39.3-4.324",
    ),
    "brown1910": Reference(
        ("Brown, William",),
        "Some Experimental Results in the Correlation of Mental Abilities",
        PSYCHOLOGY,
        1910,
        "3",
        "296--322",
    ),
    "cameron2011": Reference(
        ("Cameron, A. Colin", "Gelbach, Jonah B.", "Miller, Douglas L."),
        "Robust Inference With Multiway Clustering",
        JBES,
        2011,
        "29",
        "238--249",
        "10.1198/jbes.2010.07136",
    ),
    "davidson1970": Reference(
        ("Davidson, Roger R.",),
        "On Extending the Bradley-Terry Model to Accommodate Ties in Paired Comparison Experiments",
        JASA,
        1970,
        "65",
        "317--328",
        "10.1080/01621459.1970.10481082",
    ),
    "davidson1977": Reference(
        ("Davidson, Roger R.", "Beaver, Robert J."),
        "On Extending the Bradley-Terry Model to Incorporate Within-Pair Order Effects",
        "Biometrics",
        1977,
        "33",
        "693--702",
    ),
    "efron1969": Reference(
        ("Efron, Bradley",), "Student's t-Test Under Symmetry Conditions", JASA, 1969, "64", "1278--1302"
    ),
    "efron1975": Reference(
        ("Efron, Bradley", "Morris, Carl"),
        "Data Analysis Using Stein's Estimator and its Generalizations",
        JASA,
        1975,
        "70",
        "311--319",
    ),
    "efron1981": Reference(
        ("Efron, Bradley",),
        "Nonparametric Estimates of Standard Error: The Jackknife, the Bootstrap and Other Methods",
        BIOMETRIKA,
        1981,
        "68",
        "589--599",
        "10.1093/biomet/68.3.589",
    ),
    "firth2004": Reference(
        ("Firth, David", "de Menezes, Renee X."),
        "Quasi-Variances",
        BIOMETRIKA,
        2004,
        "91",
        "65--80",
        "10.1093/biomet/91.1.65",
    ),
    "gelman2006": Reference(
        ("Gelman, Andrew",),
        "Prior Distributions for Variance Parameters in Hierarchical Models",
        "Bayesian Analysis",
        2006,
        "1",
        "515--534",
        "10.1214/06-BA117A",
    ),
    "glenn1960": Reference(
        ("Glenn, W. A.", "David, H. A."),
        "Ties in Paired-Comparison Experiments Using a Modified Thurstone-Mosteller Model",
        "Biometrics",
        1960,
        "16",
        "86--109",
    ),
    "holm1979": Reference(
        ("Holm, Sture",),
        "A Simple Sequentially Rejective Multiple Test Procedure",
        "Scandinavian Journal of Statistics",
        1979,
        "6",
        "65--70",
    ),
    "kendall1940": Reference(
        ("Kendall, M. G.", "Babington Smith, B."),
        "On the Method of Paired Comparisons",
        BIOMETRIKA,
        1940,
        "31",
        "324--345",
        "10.1093/biomet/31.3-4.324",
    ),
    "krippendorff2011": Reference(
        ("Krippendorff, Klaus",),
        "Computing Krippendorff's Alpha-Reliability",
        "Annenberg School for Communication, University of Pennsylvania",
        2011,
    ),
    "lan1983": Reference(
        ("Lan, K. K. Gordon", "DeMets, David L."),
        "Discrete Sequential Boundaries for Clinical Trials",
        BIOMETRIKA,
        1983,
        "70",
        "659--663",
        "10.1093/biomet/70.3.659",
    ),
    "lindon2022": Reference(
        ("Lindon, Michael", "Ham, Dae Woong", "Tingley, Martin", "Bojinov, Iavor"),
        "Anytime-Valid Linear Models and Regression Adjusted Causal Inference in Randomized Experiments",
        "arXiv:2210.08589",
        2022,
    ),
    "mosteller1951": Reference(
        ("Mosteller, Frederick",),
        "Remarks on the Method of Paired Comparisons: I. The Least Squares Solution Assuming Equal Standard "
        "Deviations and Equal Correlations",
        "Psychometrika",
        1951,
        "16",
        "3--9",
        "10.1007/BF02313422",
    ),
    "perezortiz2017": Reference(
        ("Perez-Ortiz, Maria", "Mantiuk, Rafal K."),
        "A Practical Guide and Software for Analysing Pairwise Comparison Experiments",
        "arXiv:1712.03686",
        2017,
    ),
    "plackett1975": Reference(
        ("Plackett, R. L.",),
        "The Analysis of Permutations",
        "Journal of the Royal Statistical Society, Series C (Applied Statistics)",
        1975,
        "24",
        "193--202",
    ),
    "pustejovsky2018": Reference(
        ("Pustejovsky, James E.", "Tipton, Elizabeth"),
        "Small-Sample Methods for Cluster-Robust Variance Estimation and Hypothesis Testing in Fixed Effects "
        "Models",
        JBES,
        2018,
        "36",
        "672--683",
        "10.1080/07350015.2016.1247004",
    ),
    "self1987": Reference(
        ("Self, Steven G.", "Liang, Kung-Yee"),
        "Asymptotic Properties of Maximum Likelihood Estimators and Likelihood Ratio Tests under Nonstandard "
        "Conditions",
        JASA,
        1987,
        "82",
        "605--610",
        "10.1080/01621459.1987.10478472",
    ),
    "spearman1910": Reference(
        ("Spearman, Charles",), "Correlation Calculated from Faulty Data", PSYCHOLOGY, 1910, "3", "271--295"
    ),
    "springall1973": Reference(
        ("Springall, A.",),
        "Response Surface Fitting Using a Generalization of the Bradley-Terry Paired Comparison Model",
        STATISTICS,
        1973,
        "22",
        "59--68",
    ),
    "thurstone1927": Reference(
        ("Thurstone, L. L.",),
        "A Law of Comparative Judgment",
        "Psychological Review",
        1927,
        "34",
        "273--286",
        "10.1037/h0070288",
    ),
    "turner2020": Reference(
        ("Turner, Heather L.", "van Etten, Jacob", "Firth, David", "Kosmidis, Ioannis"),
        "Modelling Rankings in {R}: The {PlackettLuce} Package",
        "Computational Statistics",
        2020,
        "35",
        "1027--1057",
        "10.1007/s00180-020-00959-3",
    ),
    "vuong1989": Reference(
        ("Vuong, Quang H.",),
        "Likelihood Ratio Tests for Model Selection and Non-Nested Hypotheses",
        "Econometrica",
        1989,
        "57",
        "307--333",
        "10.2307/1912557",
    ),
    "wilson1927": Reference(
        ("Wilson, Edwin B.",),
        "Probable Inference, the Law of Succession, and Statistical Inference",
        JASA,
        1927,
        "22",
        "209--212",
        "10.1080/01621459.1927.10502953",
    ),
}
