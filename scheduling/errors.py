"""Expected refusals of scheduling."""

from __future__ import annotations

from catalog.errors import OnelotError


class DestinationUnknown(OnelotError):
    """No distance to the destination is known."""

    code = "destination_unknown"


class NetworkMissing(OnelotError):
    """No network of plants has been published yet."""

    code = "network_missing"


class JobInvalid(OnelotError):
    """A job cannot be planned on any plants; the message names the job and the operation."""

    code = "job_invalid"


class HoldNotFound(OnelotError):
    """There is no such capacity hold."""

    code = "hold_not_found"


class HoldLost(OnelotError):
    """The capacity of a plan was taken meanwhile; a new promise is needed."""

    code = "hold_lost"


class HoldExpired(OnelotError):
    """A capacity hold ended before it was confirmed; a new promise is needed."""

    code = "hold_expired"


class HoldClosed(OnelotError):
    """A capacity hold was confirmed or released already."""

    code = "hold_closed"


class JobStarted(OnelotError):
    """Work on the job has begun; it can no longer be changed as a whole."""

    code = "job_started"


class WorkUnitNotFound(OnelotError):
    """There is no such work unit."""

    code = "work_unit_not_found"


class ProposalNotFound(OnelotError):
    """There is no such proposal."""

    code = "proposal_not_found"


class ProposalOutdated(OnelotError):
    """The schedule moved since the proposal was made; a new proposal is needed."""

    code = "proposal_outdated"


class ScheduleInvalid(OnelotError):
    """A schedule breaks a rule of the plants and is not stored."""

    code = "schedule_invalid"


class PlanFileInvalid(OnelotError):
    """A planning file is not of its format; the message names file and line."""

    code = "plan_file_invalid"


class ScenarioNotFound(OnelotError):
    """There is no such scenario."""

    code = "scenario_not_found"


class ScenarioInvalid(OnelotError):
    """A change of a scenario names something that there is not, or an empty time."""

    code = "scenario_invalid"


class ScenarioNotPublishable(OnelotError):
    """A scenario is closed, not planned, or needs changes of the plants or orders first."""

    code = "scenario_not_publishable"


class EventNotFound(OnelotError):
    """There is no such schedule event."""

    code = "event_not_found"


class ReportInvalid(OnelotError):
    """A report of something that happened cannot be as it stands; ``detail["field"]`` names what."""

    code = "report_invalid"


class ReportRepeated(OnelotError):
    """The same thing was reported before, with other facts."""

    code = "report_repeated"


class OperationNotFound(OnelotError):
    """The job has no such operation that is booked."""

    code = "operation_not_found"


class OperationNotBegun(OnelotError):
    """The operation has not begun, so it cannot be finished or scrapped."""

    code = "operation_not_begun"


class UnitNotDown(OnelotError):
    """The work unit is not down at that time."""

    code = "unit_not_down"


class PlaceUnknown(OnelotError):
    """There is no such site or work center in the network."""

    code = "place_unknown"
