"""What a site says of itself."""

from typing import Any

from sample_cluster.moodle.calls import Call, Function

_FEATURES = {
    "usecomments": 1,
    "usetags": 1,
    "enablenotes": 1,
    "messaging": 1,
    "enableblogs": 1,
    "enablecompletion": 1,
    "enablebadges": 1,
    "messagingallusers": 0,
    "enablecustomreports": 1,
    "enableglobalsearch": 0,
    "mnet_dispatcher_mode": 0,
    "enablecompetencies": 1,
}


def get_site_info(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return who calls, and which functions the token's service has."""
    user, settings = call.user, call.world.settings
    return {
        "sitename": settings.site_name,
        "username": user.username,
        "firstname": user.firstname,
        "lastname": user.lastname,
        "fullname": user.fullname,
        "lang": "en",
        "userid": user.id,
        "siteurl": call.wwwroot,
        "userpictureurl": call.picture(),
        "functions": [
            {"name": name, "version": version} for name, version in (call.service or {}).items()
        ],
        "downloadfiles": 1,
        "uploadfiles": 0,
        "release": settings.release,
        "version": settings.version,
        "mobilecssurl": "",
        "advancedfeatures": [
            {"name": name, "value": 0 if name == "enableblogs" and not settings.blog_level else on}
            for name, on in _FEATURES.items()
        ],
        "usercanmanageownfiles": True,
        "userquota": 104857600,
        "usermaxuploadfilesize": 2097152,
        "userhomepage": 1,
        # A real site tells the reader's own secret here; this one tells that it does.
        "userprivateaccesskey": f"private-access-key-of-user-{user.id}",
        "siteid": 1,
        "sitecalendartype": "gregorian",
        "usercalendartype": "gregorian",
        "userissiteadmin": user.is_admin,
        "theme": "boost",
        "limitconcurrentlogins": 0,
        "policyagreed": 0,
    }


FUNCTIONS = {"core_webservice_get_site_info": Function({}, get_site_info)}
