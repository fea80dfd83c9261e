"""Test the numbers that the builder shows while a study is planned."""

from demo.study_builds.plan import plan_of


def test_a_plan_counts_people_for_the_pictures_that_there_are() -> None:
    settings = {"stimuli": {"methods": ["a", "b", "c"]}, "trials": {"votes": 20}, "plan": {"preference": 0.6}}
    plan = plan_of(settings, 30)
    assert plan is not None and plan.size is not None and plan.people == plan.size.people
    assert plan.size.pictures == 30 and plan.people is not None and plan.people >= 10
    more = plan_of(settings, 120)
    assert more is not None and more.people is not None and more.people < plan.people
    assert [one.pictures for one in plan.size.combinations] == [15, 22, 30, 45, 60, 120]


def test_too_few_pictures_have_no_number_of_people() -> None:
    settings = {"stimuli": {"methods": ["a", "b"]}, "plan": {"preference": 0.55}}
    plan = plan_of(settings, 5)
    assert plan is not None and plan.people is None and plan.votes_per_pair is None
    assert plan.size is not None and plan.size.least > 10 and plan.size.limit and plan.size.limit > 0.55


def test_without_pictures_a_plan_says_how_many_are_needed() -> None:
    settings = {"stimuli": {"methods": ["a", "b"]}, "plan": {"preference": 0.6}}
    plan = plan_of(settings, 0)
    assert plan is not None and plan.size is not None and plan.people is not None
    assert plan.size.pictures >= plan.size.least and plan.pairs == 0
    assert plan_of({"stimuli": {"methods": ["a"]}}, 10) is None
    hopeless = plan_of(settings | {"plan": {"preference": 0.5001}}, 10)
    assert hopeless is not None and hopeless.size is None and hopeless.people is None


def test_grades_need_fewer_people_in_the_second_analysis() -> None:
    settings = {"stimuli": {"methods": ["a", "b", "c", "d"]}, "trials": {"votes": 20}}
    pairs = plan_of(settings, 60)
    graded = plan_of({**settings, "trials": {"votes": 20, "answers": "graded"}}, 60)
    assert pairs is not None and graded is not None and pairs.graded is None
    assert graded.people == pairs.people and graded.graded and graded.people
    assert graded.people * 0.8 < graded.graded < graded.people


def test_the_best_of_three_needs_fewer_people_and_more_minutes() -> None:
    settings = {"stimuli": {"methods": ["a", "b", "c", "d"]}, "trials": {"votes": 20}}
    pairs = plan_of(settings, 60)
    three = plan_of({**settings, "trials": {"votes": 20, "pictures": 3}}, 60)
    assert pairs is not None and three is not None and pairs.people and three.people
    assert pairs.pairs == 360 and three.pairs == 240
    assert three.people < pairs.people and three.minutes > pairs.minutes
    two = {"stimuli": {"methods": ["a", "b"]}, "trials": {"votes": 20, "pictures": 3}}
    assert plan_of(two, 60) == plan_of({**two, "trials": {"votes": 20}}, 60)
