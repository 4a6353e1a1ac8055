"""When and where it is made: calendars, timelines, promises, schedules."""
