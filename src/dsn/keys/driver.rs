//! Keys that belong to the drivers themselves: accepted and ignored without a warning.

/// What driver managers read or put into a connection string.
const DRIVER_MANAGER: &str = "
    dsn filedsn savefile driver description trace tracefile tracedll threading dontdlclose fileusage setup app
    wsid";
/// What ODBC drivers read for the connection to the database, for logging and for their dialogs.
const ODBC: &str = "
    loglevel logpath lognamespace logfilecount logfilesize applicationname locale min_tls truststore ts
    validateservercertificate vsc sslcert sslkey sslkeypassword sslcertpath sslkeypath sslcrl keepalive
    keepalivecount keepaliveinterval keepaliveidle keepalivetime proxyhost proxyport proxyuid proxypwd proxyuser
    proxypassword fetchrefcursor fetch transactionerrorbehavior enabletabletypes usedeclarefetch
    declarefetchsize singlerowmode usemultiplestatements useunicode boolsaschar textaslongvarchar maxvarchar
    maxlongvarchar maxbytea maxvarcharsize maxlongvarcharsize maxbyteasize byteaaslongvarbinary showsystemtables
    enforcesingletransaction enforcesinglestatement checkcertrevocation databasemetadatacurrentdbonly readonly
    querytimeout connectionretry connectiontimeout connectionretrycount connectionretrydelay
    applicationusingthreads cachecursorresults streamingcursorrows cscenable cscthreshold cscmaxfilesize cscpath
    initializationstring extendedcolumnmetadata compression bulkinsert multiinsertcmdconvertenable stringtype
    alternateservers loadbalancing failovermode failovergranularity failoverpreconnect unicode supportcataloguse
    reportcodepageconversionerrors";
/// What the JDBC driver reads.
const JDBC: &str = "
    ssl_mode sslfactory sslfactoryarg sslhostnameverifier sslpasswordcallback sslpassword inifile inisection
    sockettimeout connecttimeout tcpkeepalive socketfactory socketfactoryarg currentschema defaultrowfetchsize
    blockingrowsmode enablefetchringbuffer fetchringbuffersize enablemultisqlsupport disableisvalidquery
    preparethreshold preparedstatementcachequeries preparedstatementcachesizemib rewritebatchedinserts
    rewritebatchedinsertssize unknownlength allowencodingchanges autosave cleanupsavepoints binarytransfer
    loginhandlertype maxresultbuffer options queryname querygroup receivebuffersize sendbuffersize replication
    targetservertype hostrecheckseconds loadbalancehosts logunclosedconnections logservererrordetail
    reportlowertransactionisolation overrideschemapatterntype databasemetadatacurrentdb
    includetablesfromotherdatabases assumeminserverversion gsslib gssencmode jaasapplicationname jaaslogin
    kerberosservername krbsrvname usespnego sspiserviceclass xmlfactoryfactory escapesyntaxcallmode
    hideunprivilegedobjects quotereturningidentifiers cancelsignaltimeout allow_db_user_override";
/// What the Python driver and libpq read.
const PYTHON_AND_LIBPQ: &str = "
    application_name client_protocol_version database_metadata_current_db_only max_prepared_statements
    numeric_to_float tcp_keepalive tcp_keepalive_count tcp_keepalive_idle tcp_keepalive_interval timeout
    unix_sock principal_arn principal connect_timeout client_encoding keepalives keepalives_idle
    keepalives_interval keepalives_count tcp_user_timeout target_session_attrs";

/// Whether the key is one of the driver's own, in any letter case.
#[must_use]
pub fn is_driver_key(name: &str) -> bool {
    [DRIVER_MANAGER, ODBC, JDBC, PYTHON_AND_LIBPQ]
        .iter()
        .flat_map(|list| list.split_ascii_whitespace())
        .any(|key| key.eq_ignore_ascii_case(name))
}
